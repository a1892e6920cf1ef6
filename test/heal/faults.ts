/** What breaks. Each fault ends with the world as it should be; what is asserted are states, never times. */
import assert from 'node:assert/strict';
import type { ContainerInspectInfo } from 'dockerode';
import { startDockerEngine } from '../../cli/dev/docker-engine.ts';
import { engineLayout } from '../../cli/dev/engine-layout.ts';
import { endProcess } from '../../cli/dev/processes.ts';
import type { Bench } from './bench.ts';

/** The sites that are there, once a fault takes them: how many instances each has. */
export const sites = { app: 2, sick: 2, many: 50 } as const;
export type Site = keyof typeof sites;

export interface Fault {
  readonly name: string;
  /** Whose clients are counted. */
  readonly site: Site;
  /** Breaks it, and returns once it is as it should be. @param engineDir where the Docker Engine lives */
  readonly run: (bench: Bench, engineDir: string) => Promise<void>;
}

const right = (bench: Bench, site: Site) =>
  bench.until(`${site} to be right`, () => bench.isRight(site, sites[site]));

const oneOf = async (bench: Bench, site: Site) => {
  const [one] = await bench.living(site);
  assert(one, `${site} has no instance`);
  return one;
};

/** The one that came in its place, as soon as it runs. */
async function another(bench: Bench, { Id }: ContainerInspectInfo): Promise<ContainerInspectInfo> {
  let fresh: ContainerInspectInfo | undefined;
  await bench.until('another one', async () => {
    const living = (await bench.living('app')).filter((one) => one.Id !== Id);
    fresh = living.toSorted((a, b) => (a.Created < b.Created ? 1 : -1))[0];
    return living.length === sites.app;
  });
  assert(fresh);
  return fresh;
}

async function says(bench: Bench, { Id }: ContainerInspectInfo, status: string): Promise<boolean> {
  const { State } = await bench.docker.getContainer(Id).inspect();
  return State.Health?.Status === status;
}

const kill = (bench: Bench, { Id }: ContainerInspectInfo) => bench.docker.getContainer(Id).kill();

/** Busybox has no file there: the image's health check fails from now on, until it is put back. */
async function sicken(bench: Bench, { Id }: ContainerInspectInfo, words: readonly string[]): Promise<void> {
  const exec = await bench.docker.getContainer(Id).exec({ Cmd: [...words], AttachStdout: true });
  for await (const _ of await exec.start({})) {
    // Its end is what is waited for.
  }
}

export const faults: readonly Fault[] = [
  {
    name: 'container killed',
    site: 'app',
    async run(bench) {
      const one = await oneOf(bench, 'app');
      await kill(bench, one);
      await bench.outOfRoute(one);
      await bench.backInRoute(await another(bench, one));
      await right(bench, 'app');
      const living = await bench.living('app');
      assert(!living.some(({ Id }) => Id === one.Id), 'the killed one is there again');
    },
  },
  {
    name: 'process crashed',
    site: 'app',
    async run(bench) {
      const one = await oneOf(bench, 'app');
      const before = (await bench.living('app')).map(({ Id }) => Id).toSorted();
      process.kill(one.State.Pid, 'SIGKILL');
      await bench.until('Docker to start it again', async () => {
        const { State } = await bench.docker.getContainer(one.Id).inspect();
        return State.Running && State.StartedAt !== one.State.StartedAt;
      });
      await right(bench, 'app');
      const after = (await bench.living('app')).map(({ Id }) => Id).toSorted();
      assert.deepEqual(after, before, 'what Docker restarts was replaced');
    },
  },
  {
    name: 'container paused',
    site: 'app',
    async run(bench) {
      const one = await oneOf(bench, 'app');
      await bench.docker.getContainer(one.Id).pause();
      await bench.outOfRoute(one);
      await bench.docker.getContainer(one.Id).unpause();
      await bench.backInRoute(one);
      await right(bench, 'app');
    },
  },
  {
    name: 'unhealthy, then healthy',
    site: 'sick',
    async run(bench) {
      const one = await oneOf(bench, 'sick');
      await sicken(bench, one, ['rm', '/www/well']);
      await bench.until('Docker to say so', () => says(bench, one, 'unhealthy'));
      await bench.outOfRoute(one);
      assert(
        (await bench.agent()).out.some(({ why }) => why.includes('unhealthy')),
        'nobody says why',
      );
      await sicken(bench, one, ['touch', '/www/well']);
      await bench.until('Docker to say so', () => says(bench, one, 'healthy'));
      await bench.backInRoute(one);
      await right(bench, 'sick');
    },
  },
  {
    name: 'engine restarted',
    site: 'app',
    async run(bench, engineDir) {
      await endProcess(engineLayout(engineDir).dockerd.record, { graceMs: 20_000 });
      await startDockerEngine({ dir: engineDir });
      await right(bench, 'app');
    },
  },
  {
    name: 'nginx killed',
    site: 'app',
    async run(bench) {
      const master = await bench.nginxMaster();
      // Its whole process group: workers that outlive their master would go on answering.
      process.kill(-master, 'SIGKILL');
      await bench.until('another nginx', async () => ![0, master].includes(await bench.nginxMaster()));
      await right(bench, 'app');
    },
  },
  {
    name: 'store locked while one is killed',
    site: 'app',
    async run(bench) {
      const one = await oneOf(bench, 'app');
      const unlock = bench.lockStore();
      await kill(bench, one);
      await bench.until('it to be dead', async () => (await bench.living('app')).length === 1);
      unlock();
      await right(bench, 'app');
    },
  },
  {
    name: 'agent killed, and one container with it',
    site: 'app',
    async run(bench) {
      bench.killAgent();
      const one = await oneOf(bench, 'app');
      await kill(bench, one);
      await bench.until('nobody to be there', async () => !(await bench.agent()).alive);
      await bench.startAgent();
      await right(bench, 'app');
    },
  },
  {
    name: 'two agents at once, and the first is killed',
    site: 'app',
    async run(bench) {
      const { pid } = await bench.agent();
      const second = bench.startAgent();
      await kill(bench, await oneOf(bench, 'app'));
      await right(bench, 'app');
      assert(pid !== undefined);
      process.kill(pid, 'SIGKILL');
      await second;
      await kill(bench, await oneOf(bench, 'app'));
      await right(bench, 'app');
    },
  },
  {
    name: '50 containers killed at once',
    site: 'many',
    async run(bench) {
      const all = await bench.living('many');
      assert.equal(all.length, sites.many);
      const before = await bench.addresses();
      await Promise.all(all.map((one) => kill(bench, one)));
      await bench.newcomerInRoute(before);
      await right(bench, 'many');
    },
  },
];
