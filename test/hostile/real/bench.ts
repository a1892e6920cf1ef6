/** A real instance with a site that has to go on answering, and a key of somebody who means harm to it. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { sshCommand } from '../../../cli/dev/instance-files.ts';
import { nginxLayout } from '../../../plugins/nginx-router/layout.ts';
import { runNginx, testArguments } from '../../../plugins/nginx-router/program.ts';
import {
  done,
  type PrivateInstance,
  page,
  privateInstance,
  type Ran,
  ran,
} from '../../helpers/private-instance.ts';

export interface Bench {
  readonly host: PrivateInstance;
  /** The folder in which every command that is smuggled in leaves a file. */
  readonly harm: string;
  /** Asks for a command over ssh with the hostile key. */
  ask(asked: string, input?: string | Buffer): Promise<Ran>;
  /** The same with an administrator's key. */
  askAsAdmin(asked: string, input?: string | Buffer): Promise<Ran>;
  /** Pushes a tree of files with the hostile key; a text that begins with `->` is a symbolic link. */
  push(files: Readonly<Record<string, string>>, refspec?: string, options?: readonly string[]): Promise<Ran>;
  /** Pushes what a repository has, with the hostile key. */
  pushAs(refspec: string, ...options: string[]): Promise<Ran>;
  /** Sends bytes to the router and gives all that comes back until it closes or says nothing more. */
  http(request: string | Buffer): Promise<string>;
  /** What is wrong now; empty: nothing ran, nothing was written elsewhere, nginx is whole and the other site answers. */
  wrongs(): Promise<string[]>;
  dispose(): Promise<void>;
}

const steady = 'still here';
export const site = 'mal';

export async function openBench(dockerHost: string): Promise<Bench> {
  const host = await privateInstance({ dockerHost });
  const harm = join(host.dir, 'harm');
  const key = join(host.dir, 'mallory');
  await mkdir(harm);
  await done(ran('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'mallory', '-f', key]));
  const letIn = await readFile(`${key}.pub`);
  await done(host.ssh(`keys:add mallory --site ${site} --site '${site}-*'`, { input: letIn }));
  await done(host.push('steady', page(steady)));
  await host.commit(site, page('mal'));
  const before = await facts(host);
  const gitAs = (...words: string[]) =>
    ran('git', words, {
      cwd: join(host.dir, 'repositories', site),
      env: {
        ...process.env,
        GIT_SSH_COMMAND: sshCommand({ ...host.instance, ssh: { ...host.instance.ssh, identity: key } }),
      },
    });
  const url = host.instance.pushUrl.replace('{site}', site);
  const bench: Bench = {
    host,
    harm,
    ask: (asked, input = '') => host.ssh(asked, { key, input }),
    askAsAdmin: (asked, input = '') => host.ssh(asked, { input }),
    pushAs: (refspec, ...options) => gitAs('push', ...options, url, refspec),
    async push(files, refspec = 'HEAD:refs/heads/main', options = []) {
      const commit = await commitOf(host, files);
      return gitAs('push', '--force', ...options, url, refspec.replace('HEAD', commit));
    },
    http: (request) => speak(Number(new URL(host.instance.httpUrl).port), request),
    wrongs: () => wrongs(host, harm, before),
    dispose: () => host.dispose(),
  };
  await done(bench.pushAs('main'));
  return bench;
}

/** A commit of these files alone, made without a work tree, so that any name and any link can stand in it. */
async function commitOf(host: PrivateInstance, files: Readonly<Record<string, string>>): Promise<string> {
  const git = async (input: string | undefined, ...words: string[]) =>
    (
      await done(
        ran('git', words, {
          cwd: join(host.dir, 'repositories', site),
          ...(input === undefined ? {} : { input }),
        }),
      )
    ).stdout.trim();
  const entries: string[] = [];
  for (const [name, text] of Object.entries(files)) {
    const link = text.startsWith('->');
    const id = await git(link ? text.slice(2) : text, 'hash-object', '-w', '--stdin');
    entries.push(`${link ? '120000' : '100644'} blob ${id}\t${name}`);
  }
  const tree = await git(`${entries.join('\n')}\n`, 'mktree');
  return git(undefined, '-c', 'user.name=m', '-c', 'user.email=m@x', 'commit-tree', '-m', 'x', tree);
}

interface Facts {
  readonly files: ReadonlyMap<string, string>;
  readonly keys: string;
}

/** What no key without the right for it may change. */
async function facts({ home, instance }: PrivateInstance): Promise<Facts> {
  const guarded = [
    instance.configFile,
    join(home, 'ssh', 'authorized_keys'),
    join(home, 'ssh', 'sshd_config'),
  ];
  const files = new Map<string, string>();
  for (const path of guarded.filter(existsSync))
    files.set(
      path,
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    );
  return { files, keys: await readFile(join(home, 'ssh', 'authorized_keys'), 'utf8') };
}

async function wrongs(host: PrivateInstance, harm: string, before: Facts): Promise<string[]> {
  const found: string[] = [];
  const left = await readdir(harm);
  if (left.length > 0) found.push(`something ran: ${left.join(' ')}`);
  const now = await facts(host);
  for (const [path, hash] of before.files)
    if (now.files.get(path) !== hash) found.push(`${path} was changed`);
  const repositories = await readdir(join(host.home, 'data', 'repositories'));
  const odd = repositories.filter((name) => !/^(?:steady|mal)(?:-[a-z0-9-]+)?\.git$/.test(name));
  if (odd.length > 0) found.push(`repositories that nobody has: ${odd.join(' ')}`);
  const layout = nginxLayout(join(host.home, 'data', 'nginx'));
  const test = await runNginx(
    { binary: 'nginx', path: process.env['PATH'] },
    testArguments(layout, layout.conf),
    { cwd: layout.prefix },
  );
  if (!test.ok) found.push(`nginx -t: ${test.lines.join(' · ')}`);
  const { status, body } = await host.get('steady');
  if (status !== 200 || body !== steady)
    found.push(`the other site answers ${status} ${JSON.stringify(body)}`);
  return found;
}

/** Nobody waits longer for an answer that does not come. */
const silenceMs = 1_500;

function speak(port: number, request: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => void socket.write(request));
    socket.setTimeout(silenceMs, () => socket.destroy());
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}
