/** Each kind of real thing deleted, killed or doubled: `octo doctor` finds and names it, `--fix` mends it. */
import { existsSync } from 'node:fs';
import { appendFile, chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type Docker from 'dockerode';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { connectDocker } from '../../cli/dev/docker-connection.ts';
import type { CheckResult } from '../../core/index.ts';
import { type OwnLabels, ownLabels } from '../helpers/inspection.ts';
import { done, type PrivateInstance, page, privateInstance, ran } from '../helpers/private-instance.ts';

let host: PrivateInstance;
let own: OwnLabels;
let docker: Docker;
beforeAll(async () => {
  // What is written past octohost below is written into its own file.
  host = await privateInstance({ consul: false });
  own = await ownLabels(host);
  docker = await connectDocker(host.instance.dockerHost);
  await done(host.octo('config:set', 'shop/CONTAINERS', '2'));
  await done(host.push('shop', page('hello')));
  await done(host.octo('converge'));
});
afterAll(async () => {
  // The one that mended an sshd that was stopped is nobody's else.
  const sshd = Number(await readFile(sshPlace('sshd.pid'), 'utf8').catch(() => ''));
  await host?.dispose();
  if (sshd > 0 && existsSync(`/proc/${sshd}`)) process.kill(sshd);
});

/** Room and time are those of the machine that runs the test. */
const ofMachine = ['disk', 'engine-disk', 'clock', 'engine'];

async function look(...words: string[]): Promise<CheckResult[]> {
  const { stdout } = await host.octo('doctor', '--json', ...words);
  const { checks } = JSON.parse(stdout) as { checks: CheckResult[] };
  return checks.filter(({ state, check }) => state !== 'ok' && !ofMachine.includes(check));
}
const named = (found: readonly CheckResult[]) => found.map(({ check }) => check).toSorted();

const containers = () => docker.listContainers({ all: true, filters: own('octohost.site=shop') });
const one = async () => {
  const [first] = await containers();
  return docker.getContainer(first?.Id ?? '');
};
const nginx = () => join(host.home, 'data/nginx');
const nginxMaster = async () => Number(await readFile(join(nginx(), 'nginx.pid'), 'utf8'));
const keyFile = () => join(host.home, 'ssh/authorized_keys');

/** Writes past octohost, as a killed process or somebody else leaves it. */
function store(sql: string, ...values: string[]): void {
  const database = new DatabaseSync(join(host.home, 'data/store.sqlite'), { timeout: 10_000 });
  database.exec('BEGIN IMMEDIATE');
  database.exec('UPDATE counter SET version = version + 1');
  database.prepare(sql).run(...values);
  database.exec('COMMIT');
  database.close();
}
const insert = (key: string, value: unknown) =>
  store(
    'INSERT OR REPLACE INTO entries (key, version, value) VALUES (?, (SELECT version FROM counter), ?)',
    key,
    JSON.stringify(value),
  );

interface Breakage {
  readonly what: string;
  readonly run: () => Promise<unknown>;
  readonly found: readonly string[];
}

const breakages: readonly Breakage[] = [
  {
    what: 'a container that was removed',
    run: async () => (await one()).remove({ force: true }),
    found: ['left-services', 'missing-instances', 'ports'],
  },
  {
    what: 'a container that was stopped',
    run: async () => (await one()).stop({ t: 0 }),
    found: ['left-instances', 'missing-instances'],
  },
  {
    what: 'a container that is there twice',
    async run() {
      const { Config, HostConfig, Image } = await (await one()).inspect();
      const twin = await docker.createContainer({
        name: 'zz-twin',
        Image,
        Labels: Config.Labels,
        Cmd: Config.Cmd,
        HostConfig: { RestartPolicy: HostConfig.RestartPolicy ?? { Name: '' } },
      });
      await twin.start();
    },
    found: ['left-instances'],
  },
  {
    what: 'a service that is gone from the catalog',
    run: async () =>
      store(
        "DELETE FROM entries WHERE key = (SELECT min(key) FROM entries WHERE key LIKE 'octohost-state/catalog/shop-%')",
      ),
    found: ['missing-services', 'routes'],
  },
  {
    what: 'an nginx whose master was killed',
    run: async () => process.kill(await nginxMaster(), 'SIGKILL'),
    found: ['routes', 'running'],
  },
  {
    what: 'a configuration of nginx that is gone',
    run: () => rm(join(nginx(), 'nginx.conf')),
    found: ['configuration', 'routes'],
  },
  {
    what: 'a configuration of nginx that somebody changed',
    run: () => writeFile(join(nginx(), 'nginx.conf'), 'nonsense\n'),
    found: ['configuration', 'routes'],
  },
  {
    what: 'a file of keys that somebody emptied',
    run: async () =>
      writeFile(keyFile(), (await readFile(keyFile(), 'utf8')).replaceAll(/^.*door:serve.*$/gm, '')),
    found: ['keys'],
  },
  {
    what: 'a file of keys that everybody may write to',
    run: () => chmod(keyFile(), 0o666),
    found: ['ssh'],
  },
  {
    what: 'an image of a deploy that was killed',
    run: async () => {
      const [image] = await docker.listImages({ filters: own('octohost.site=shop') });
      const [repo = ''] = (image?.RepoTags?.[0] ?? '').split(':');
      await docker.getImage(image?.Id ?? '').tag({ repo, tag: 'zzkilled' });
    },
    found: ['surplus'],
  },
  {
    what: 'a lease whose holder was killed',
    run: async () => {
      const holder = {
        owner: 'x',
        pid: 999_999_999,
        host: hostname(),
        since: new Date().toISOString(),
        purpose: 'deploy of shop',
      };
      insert('octohost-state/leases/site/shop', { number: 99, holder });
    },
    found: ['leases'],
  },
  {
    what: 'a port that is reserved for nobody',
    run: async () => insert('octohost-state/ports/127.0.0.1/20999', { site: 'shop', deploy: 'dead' }),
    found: ['ports'],
  },
  {
    what: 'a ref that a killed push did not move',
    run: async () => {
      const repository = join(host.home, 'data/repositories/shop.git');
      const { stdout } = await host.git('shop', 'rev-parse', 'main');
      const ref = 'refs/octohost/pending/0/heads/other';
      await done(ran('git', ['-C', repository, 'update-ref', ref, stdout.trim()]));
    },
    found: ['refs'],
  },
];

it('finds nothing where all is as it should be', async () => {
  expect(await look()).toEqual([]);
  const { stdout, code } = await host.octo('doctor');
  expect(stdout).toMatch(/^ok +octohost routes: The routes of 1 sites are in force\.$/m);
  expect(stdout).toMatch(/^ok +nginx-router running: nginx runs \(process \d+\)/m);
  expect(code).toBe(0);
});

it.each(breakages)('finds $what, and mends it', async ({ run, found }) => {
  await run();
  const seen = await look();
  expect(named(seen)).toEqual(found);
  for (const { message, why, hint } of seen) expect([message, why, hint].every(Boolean)).toBe(true);
  expect(await look('--fix')).toEqual([]);
  expect((await host.get('shop')).body).toBe('hello');
  expect((await host.octo('converge')).stdout).toMatch(/nothing to do/i);
});

const sshPlace = (name: string) => join(host.home, 'ssh', name);

/** What is the system's in the place of octohost's to mend: the command that mends it is said. */
const ofSystem = [
  {
    what: 'a host key that is gone',
    run: () => rename(sshPlace('host_ed25519_key'), sshPlace('kept')),
    hint: () => `ssh-keygen -q -t ed25519 -N '' -f ${sshPlace('host_ed25519_key')}`,
    mend: () => rename(sshPlace('kept'), sshPlace('host_ed25519_key')),
  },
  {
    what: 'a command that sshd runs in the place of each key’s own',
    run: () => appendFile(sshPlace('sshd_config'), 'ForceCommand /bin/true\n'),
    hint: () => 'ForceCommand none',
    mend: async () => {
      const text = await readFile(sshPlace('sshd_config'), 'utf8');
      await writeFile(sshPlace('sshd_config'), text.replace('ForceCommand /bin/true\n', ''));
    },
  },
  {
    what: 'an sshd that reads another file of keys',
    run: async () => {
      const text = await readFile(sshPlace('sshd_config'), 'utf8');
      await writeFile(sshPlace('kept'), text);
      await writeFile(sshPlace('sshd_config'), text.replace(/^AuthorizedKeysFile.*$/m, ''));
    },
    hint: () => `AuthorizedKeysFile ${keyFile()}`,
    mend: () => rename(sshPlace('kept'), sshPlace('sshd_config')),
  },
  {
    what: 'a key that somebody let in without octohost’s command',
    run: async () => {
      const text = await readFile(keyFile(), 'utf8');
      await writeFile(keyFile(), `${await readFile(sshPlace('id_ed25519.pub'), 'utf8')}${text}`);
    },
    hint: () => `sed -i 1d ${keyFile()}`,
    mend: () => done(ran('sed', ['-i', '1d', keyFile()])),
  },
  {
    what: 'an sshd that was stopped',
    run: async () => process.kill(Number(await readFile(sshPlace('sshd.pid'), 'utf8'))),
    hint: () => `/usr/sbin/sshd -f ${sshPlace('sshd_config')}`,
    mend: () => done(ran('/usr/sbin/sshd', ['-f', sshPlace('sshd_config')])),
  },
];

it.each(ofSystem)('finds $what, and says what mends it', async ({ run, hint, mend }) => {
  await run();
  const isTold = { check: 'ssh', hint: expect.stringContaining(hint()) };
  await vi.waitFor(async () => expect((await look())[0]).toMatchObject(isTold), { timeout: 60_000 });
  const left = await look('--fix');
  expect(left[0]).toMatchObject(isTold);
  expect(new Set(named(left))).toEqual(new Set(['ssh']));
  await mend();
  await vi.waitFor(async () => expect(await look()).toEqual([]), { timeout: 60_000 });
});
