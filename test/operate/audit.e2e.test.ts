/** The audit log with real git and real ssh: pushes and commands, those that were refused, and one that was killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Audited } from '../../cli/audit/entry.ts';
import { sshCommand } from '../../cli/dev/instance-files.ts';
import {
  command,
  done,
  type PrivateInstance,
  page,
  privateInstance,
  ran,
} from '../helpers/private-instance.ts';

let host: PrivateInstance;
let fingerprint: string;
const keyFile = () => join(host.dir, 'keys', 'alice');

beforeAll(async () => {
  host = await privateInstance();
  await mkdir(join(host.dir, 'keys'));
  await done(ran('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', keyFile()]));
  const input = await readFile(`${keyFile()}.pub`);
  fingerprint = (await done(host.ssh('keys:add alice --site app', { input }))).stdout.trim();
  await host.commit('app', page('one'));
});
afterAll(() => host?.dispose());

const entries = async (): Promise<Audited[]> =>
  JSON.parse((await done(host.octo('audit', '--json'))).stdout).entries;
const push = (site: string) =>
  ran('git', ['push', host.instance.pushUrl.replace('{site}', site), 'main'], {
    cwd: join(host.dir, 'repositories', 'app'),
    env: {
      ...process.env,
      GIT_SSH_COMMAND: sshCommand({ ...host.instance, ssh: { ...host.instance.ssh, identity: keyFile() } }),
    },
  });
const alice = (asked: string) => host.ssh(asked, { key: keyFile(), input: '' });

it('names the key of each push and command with its fingerprint, and what came of it', async () => {
  const before = (await entries()).length;
  await done(push('app'));
  expect((await push('other')).code).not.toBe(0);
  await done(alice('config:set app GREETING=hello'));
  expect((await alice('config:set other GREETING=hello')).code).toBe(77);
  expect((await alice('rm -rf /')).code).toBe(77);
  expect((await alice("git-receive-pack '/../../etc.git'")).code).not.toBe(0);
  expect((await alice('config:set app/TOKEN "open')).code).toBe(2);
  expect((await alice('')).code).not.toBe(0);
  const all = (await entries()).slice(before);
  expect(all.map(({ command: name, sites, result }) => [name, sites.join(), result])).toEqual([
    ['push', 'app', 'done'],
    ['git-receive-pack', '', 'E_KEY_RIGHTS'],
    ['config:set', 'app', 'done'],
    ['config:set', '', 'E_KEY_RIGHTS'],
    ['rm', '', 'E_DOOR_COMMAND'],
    ['git-receive-pack', '', 'E_DOOR_REPOSITORY'],
    ['config:set', '', 'E_DOOR_QUOTES'],
    ['', '', 'E_DOOR_SHELL'],
  ]);
  const shown = await done(ran('ssh-keygen', ['-lf', `${keyFile()}.pub`]));
  expect(shown.stdout).toContain(fingerprint);
  for (const entry of all) expect(entry).toMatchObject({ actor: 'key alice', fingerprint, door: 'ssh' });
  const revision = (await host.git('app', 'rev-parse', 'main')).stdout.slice(0, 12);
  expect(all[0]?.what).toEqual([`refs/heads/main 000000000000..${revision}`]);
  expect(JSON.stringify(all)).not.toContain('hello');
});

it('has a push that fails, and one that is killed while it works', async () => {
  await host.commit('app', { Dockerfile: command('exit 3') });
  expect((await push('app')).code).not.toBe(0);
  expect((await entries()).at(-1)).toMatchObject({ command: 'push', result: 'E_CHECK_DEAD' });

  const deploy = spawn(
    join(import.meta.dirname, '../../cli/bin/octo'),
    ['deploy', 'slow', await host.folder({ Dockerfile: `${command('sleep 100')}RUN sleep 100\n` })],
    { env: { ...process.env, OCTOHOST_CONFIG: host.instance.configFile }, detached: true, stdio: 'ignore' },
  );
  const isBegun = async () => (await entries()).some(({ sites }) => sites.includes('slow'));
  await expect.poll(isBegun, { timeout: 60_000 }).toBe(true);
  process.kill(-(deploy.pid as number), 'SIGKILL');
  await once(deploy, 'close');
  expect((await entries()).at(-1)).toMatchObject({ command: 'deploy', sites: ['slow'], result: 'begun' });
});

it('is one file, which nothing was left beside', async () => {
  const files = (await readdir(join(host.home, 'data'))).filter((name) => name.startsWith('audit'));
  expect(files).toEqual(['audit.db']);
});
