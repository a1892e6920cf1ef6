/** What the tests of a runtime share: images that behave as said, free ports, and instances that are cleaned up. */
import { get } from 'node:http';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import type {
  Instance,
  InstanceSpec,
  PortBinding,
  Runtime,
  SiteName,
  StartRequest,
  Task,
} from '../../core/index.ts';
import { type Disposable, eventually, freshDeploy, freshSite, stepContext } from './fixture.ts';
import { freePort } from './free-port.ts';
import { type Check, check } from './suite.ts';

/** Content ids of images that behave as said; the shell of a busybox is enough to make them. */
export interface RuntimeImages {
  /**
   * Answers `GET /` at TCP port 8080 with 200 and the value of GREETING, nothing else, as the body. When it starts,
   * it writes the line `listening` to stdout and `warned` to stderr.
   */
  readonly serves: string;
  /** Writes the lines `one`, `two`, `three` to stdout and ends at once with the code in EXIT_CODE. */
  readonly ends: string;
  /**
   * Writes the line `ready` to stdout and stays up. Asked to end (SIGTERM), it writes `ending`, works for about a
   * second, writes `ended` and ends with 0.
   */
  readonly lingers: string;
}

/** Commands that run in the image `lingers`, in the place of what it starts. */
export interface RuntimeCommands {
  /** Writes the value of GREETING to stdout, then `warned` to stderr, and ends with the code in EXIT_CODE. */
  readonly speaks: readonly string[];
  /** Behaves as the image `lingers` does. */
  readonly lingers: readonly string[];
  /** Writes what it reads to stdout, byte by byte, and ends with 0 when there is no more. */
  readonly echoes: readonly string[];
}

export interface RuntimeFixture extends Disposable {
  readonly runtime: Runtime;
  /** A runtime of another installation on the same machine. */
  readonly another: Runtime;
  readonly images: RuntimeImages;
  readonly commands: RuntimeCommands;
  /** Makes the instance's process fail, not by the runtime's own stop. */
  readonly crash: (instance: Instance) => Promise<void>;
  /** Writes a file into the instance's volume at this path. */
  readonly write: (instance: Instance, volume: string, name: string, content: string) => Promise<void>;
  /** Reads a file of the instance's volume; undefined where there is none. */
  readonly read: (instance: Instance, volume: string, name: string) => Promise<string | undefined>;
}

export type Bench = ReturnType<typeof createBench>;

/** Starts instances and remembers them, so that each test leaves nothing. */
export function createBench(fixture: RuntimeFixture) {
  const sites = new Set<SiteName>();
  const request = (
    image: keyof RuntimeImages,
    facts: Omit<Partial<StartRequest>, 'spec'> & { spec?: Partial<InstanceSpec> } = {},
  ) => {
    const site = facts.spec?.site ?? freshSite();
    sites.add(site);
    const spec: InstanceSpec = {
      image: fixture.images[image],
      environment: {},
      ports: (facts.bindings ?? []).map(({ port, protocol }) => ({ port, protocol })),
      volumes: [],
      generation: 0,
      ...facts.spec,
      site,
    };
    const plain = { digest: '0123456789abcdef0123456789abcdef', release: 7, index: 1, bindings: [] };
    return { ...plain, deploy: freshDeploy(), ...facts, spec } satisfies StartRequest;
  };
  return {
    fixture,
    request,
    start: (...parameters: Parameters<typeof request>) =>
      fixture.runtime.start(request(...parameters), stepContext()),
    /** Runs a command in the image `lingers`. */
    run(command: keyof RuntimeCommands, environment: Readonly<Record<string, string>> = {}, site?: SiteName) {
      const { runtime, commands } = fixture;
      const { spec, deploy } = request('lingers', { spec: { environment, ...(site ? { site } : {}) } });
      return runtime.run({ spec, deploy, command: commands[command] }, stepContext());
    },
    /** Ends what the test started and removes its volumes. */
    async cleanUp() {
      const { runtime } = fixture;
      for (const site of sites) {
        for (const one of [...(await runtime.list(site)), ...(await runtime.tasks(site))])
          await runtime.stop(one, { graceSeconds: 0 });
        for (const volume of await runtime.volumes(site)) await runtime.removeVolume(volume);
      }
      sites.clear();
    },
  };
}

/** A check that leaves no instance, task or volume of its sites. */
export function benchCheck(name: string, run: (bench: Bench) => Promise<void>): Check<RuntimeFixture> {
  return check(name, async (fixture) => {
    const bench = createBench(fixture);
    try {
      await run(bench);
    } finally {
      await bench.cleanUp();
    }
  });
}

/** A host port that nobody uses, for the container's port 8080 unless told otherwise. */
export async function freeBinding(port = 8080): Promise<PortBinding> {
  return { port, protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: await freePort() };
}

/** Listens on a port, as some other program does. */
export async function takePort(wanted = 0): Promise<{ port: number; free(): Promise<void> }> {
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(wanted, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('There is no port.');
  return { port: address.port, free: () => new Promise((done) => server.close(() => done())) };
}

/** The body of what the instance answers, once it does. */
export async function answerOf({ hostAddress, hostPort }: PortBinding): Promise<string> {
  return (
    await eventually('an answer', async () => {
      const { promise, resolve } = Promise.withResolvers<{ body: string } | undefined>();
      const asked = get({ host: hostAddress, port: hostPort, path: '/', agent: false, timeout: 2_000 });
      asked.on('error', () => resolve(undefined));
      asked.on('timeout', () => asked.destroy());
      asked.on('response', (response) => {
        text(response).then(
          (body) => resolve(response.statusCode === 200 ? { body } : undefined),
          () => resolve(undefined),
        );
      });
      return promise;
    })
  ).body;
}

/** The instance's state once it has ended. */
export function ended(runtime: Runtime, instance: Task) {
  return eventually('the end', async () => {
    const state = await runtime.inspect(instance);
    return state && !state.running && state.exitCode !== undefined ? state : undefined;
  });
}
