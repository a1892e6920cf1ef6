/** One identity: whoever comes first, root or the user of the installation, locks nobody out (DESIGN.md, property 10). */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dockerEndpoint } from '../../cli/dev/docker-http.ts';
import { freePort } from '../../cli/dev/free-port.ts';
import { instanceLayout } from '../../cli/dev/instance-files.ts';
import { endInstanceProcesses } from '../../cli/dev/leftovers.ts';
import { startSshServer, stopSshServer } from '../../cli/dev/ssh-server.ts';
import { committer, get, octoPath, page, type Ran, ran, writeFiles } from '../helpers/private-instance.ts';

const user = `octo${randomBytes(4).toString('hex')}`;
let base: string;
let uid: number;
let gid: number;
let engine: Server;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'octo-one-'));
  chmodSync(base, 0o755);
  execFileSync('useradd', [
    '--system',
    '--shell',
    '/bin/sh',
    '--create-home',
    '--home-dir',
    join(base, 'home'),
    user,
  ]);
  uid = Number(execFileSync('id', ['-u', user], { encoding: 'utf8' }));
  gid = Number(execFileSync('id', ['-g', user], { encoding: 'utf8' }));
  engine = await shareEngine(join(base, 'docker.sock'));
});

afterAll(async () => {
  for (const close of closing.toReversed()) await close();
  engine?.close();
  execFileSync('userdel', [user]);
  rmSync(base, { recursive: true, force: true });
});

/** A socket that the user may use, in front of the tests' engine, whose own socket is root's. */
async function shareEngine(path: string): Promise<Server> {
  const endpoint = dockerEndpoint(process.env['DOCKER_HOST'] ?? '');
  if (!endpoint) throw new Error('the suite runs with an engine in DOCKER_HOST');
  const to = 'socketPath' in endpoint ? { path: endpoint.socketPath } : endpoint;
  const server = createServer({ allowHalfOpen: true }, (from) => {
    const there = connect({ ...to, allowHalfOpen: true });
    from.pipe(there).pipe(from);
    for (const socket of [from, there]) socket.on('error', () => [from, there].map((one) => one.destroy()));
  });
  await new Promise<void>((resolve) => void server.listen(path, resolve));
  chmodSync(path, 0o666);
  return server;
}

/** An installation as on a server: a folder of the user's, a configuration of root's, sshd for that user alone. */
async function installation(name: string) {
  const dir = join(base, name);
  const layout = instanceLayout(dir);
  const home = join(dir, 'home');
  for (const path of [dir, home, layout.ssh]) mkdirSync(path, { mode: 0o755 });
  for (const path of [home, layout.ssh]) chownSync(path, uid, gid);
  mkdirSync(layout.data);
  chownSync(layout.data, uid, gid);
  const httpPort = await freePort();
  const key = join(base, `${name}.key`);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  writeFileSync(layout.config, configText(layout.data, httpPort, layout.authorizedKeys));
  const { port } = await startSshServer({ dir: layout.ssh, port: 0, user });
  const said: string[] = [];
  const tell = (command: string, done: Ran): Ran => {
    said.push(
      `   $ ${command} → ${done.code}`,
      ...`${done.stdout}${done.stderr}`.trim().split('\n').slice(-3),
    );
    expect(`${done.stdout}${done.stderr}`).not.toMatch(/dubious ownership|EACCES|[Pp]ermission denied/);
    expect(done, `${command}: ${done.stderr}`).toMatchObject({ code: 0 });
    return done;
  };
  const octo = async (who: 'root' | 'user', words: readonly string[], input = '') => {
    const env = { ...process.env, OCTOHOST_CONFIG: layout.config, ...(who === 'user' ? { HOME: home } : {}) };
    const as = who === 'user' ? ['runuser', '-u', user, '--'] : [];
    const [program = octoPath, ...rest] = [...as, octoPath, ...words];
    return tell(`(${who}) octo ${words.join(' ')}`, await ran(program, rest, { cwd: dir, env, input }));
  };
  closing.push(async () => {
    await stopSshServer({ dir: layout.ssh });
    for (const site of ['app', 'folder'])
      await ran(octoPath, ['remove', site, '--yes', '--volumes', '--config', layout.config]);
    await endInstanceProcesses(layout.config, layout.nginxPid);
  });
  return {
    layout,
    octo,
    addKey: (who: 'root' | 'user') =>
      octo(who, ['keys:add', 'somebody', '--admin'], readFileSync(`${key}.pub`, 'utf8')),
    async push(text: string) {
      const path = join(base, `${name}.client`);
      const GIT_SSH_COMMAND = `ssh -F /dev/null -i ${key} -o IdentitiesOnly=yes -o BatchMode=yes -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o LogLevel=ERROR`;
      const env = { ...process.env, ...committer, GIT_SSH_COMMAND };
      await writeFiles(path, page(text));
      for (const words of [
        ['init', '-q', '-b', 'main'],
        ['add', '.'],
        ['commit', '-q', '-m', text],
      ])
        expect(await ran('git', words, { cwd: path, env })).toMatchObject({ code: 0 });
      const words = ['push', `ssh://${user}@127.0.0.1:${port}/app.git`, 'main'];
      tell(`git ${words.join(' ')}`, await ran('git', words, { cwd: path, env }));
      expect(await this.body('app')).toBe(text);
    },
    async folder(text: string) {
      const path = join(base, `${name}.folder`);
      await writeFiles(path, page(text));
      return path;
    },
    body: async (site: string) =>
      (await get({ httpUrl: `http://127.0.0.1:${httpPort}` }, `${site}.localhost`)).body,
    transcript: () => said.splice(0).join('\n'),
  };
}

type Installation = Awaited<ReturnType<typeof installation>>;

const configText = (dataDir: string, port: number, authorizedKeys: string) => `
import { defineConfig } from 'octohost';
import base from ${JSON.stringify(fileURLToPath(new URL('../../octohost.config.ts', import.meta.url)))};
export default defineConfig({
  ...base,
  dataDir: ${JSON.stringify(dataDir)},
  user: ${JSON.stringify(user)},
  domainSuffix: 'localhost',
  http: { address: '127.0.0.1', port: ${port} },
  ssh: { authorizedKeys: ${JSON.stringify(authorizedKeys)} },
  environment: { DOCKER_HOST: ${JSON.stringify(`unix://${join(base, 'docker.sock')}`)} },
});
`;

/** Everything below a folder, with itself. */
function below(path: string): string[] {
  const inside = lstatSync(path).isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [];
  return [path, ...inside.flatMap(below)];
}

/** The process and its children. */
function family(pid: string): string[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  return [pid, ...children.filter((child) => child.trim() !== '')];
}

function expectOneIdentity({ layout, transcript }: Installation, title: string): void {
  process.stdout.write(`── ${title}\n${transcript()}\n`);
  expect(below(layout.data).filter((path) => lstatSync(path).uid !== uid)).toEqual([]);
  expect(lstatSync(layout.authorizedKeys)).toMatchObject({ uid });
  const nginx = family(readFileSync(layout.nginxPid, 'utf8').trim());
  expect(nginx.length).toBeGreaterThan(1);
  for (const pid of nginx) expect(lstatSync(`/proc/${pid}`)).toMatchObject({ uid });
}

describe.runIf(process.getuid?.() === 0)('root and the user of the installation', () => {
  it('root comes first, then a push', async () => {
    const first = await installation('root-first');
    await first.addKey('root');
    await first.octo('root', ['config:set', 'app/COLOUR', 'red']);
    await first.octo('root', ['sites']);
    await first.push('pushed');
    await first.octo('root', ['deploy', 'folder', await first.folder('from root')]);
    expect(await first.body('folder')).toBe('from root');
    await first.octo('root', ['reload', 'app', '--wait']);
    await first.push('pushed again');
    await first.octo('user', ['config:set', 'app/COLOUR', 'blue', '--wait']);
    expect((await first.octo('root', ['config:get', 'app/COLOUR'])).stdout).toBe('blue\n');
    await first.octo('root', ['converge']);
    expectOneIdentity(first, 'root comes first, then a push');
  });

  it('a push comes first, then root', async () => {
    const first = await installation('user-first');
    await first.addKey('user');
    await first.push('pushed');
    await first.octo('root', ['config:set', 'app/COLOUR', 'red', '--wait']);
    await first.octo('root', ['deploy', 'folder', await first.folder('from root')]);
    await first.octo('user', ['deploy', 'folder', await first.folder('from the user'), '--wait']);
    expect(await first.body('folder')).toBe('from the user');
    await first.octo('root', ['reload', 'app', '--wait']);
    await first.push('pushed again');
    await first.octo('root', ['remove', 'folder', '--yes']);
    await first.octo('user', ['converge']);
    expectOneIdentity(first, 'a push comes first, then root');
  });
});
