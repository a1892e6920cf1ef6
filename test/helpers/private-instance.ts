/** A private instance as a user has it: git over ssh, `octo`, HTTP. Everything real. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { baseImage } from '../../cli/dev/busybox-image.ts';
import { bringDown, bringUp, type UpOptions } from '../../cli/dev/instance.ts';
import type { Instance } from '../../cli/dev/instance-files.ts';
import { sshCommand } from '../../cli/dev/instance-files.ts';

export const octoPath = fileURLToPath(new URL('../../cli/bin/octo', import.meta.url));

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SshOptions {
  /** File of a private key; the instance's own by default. */
  readonly key?: string;
  /** What is piped in; left out: a pipe that stays open. */
  readonly input?: string | Buffer;
}

export interface PrivateInstance {
  readonly instance: Instance;
  /** A folder of the test's own. */
  readonly dir: string;
  /** The folder of the instance. */
  readonly home: string;
  /** Runs `octo` against the instance. */
  octo(...words: string[]): Promise<Ran>;
  /** Writes files into the site's repository and commits; null takes a file away. */
  commit(site: string, files: Record<string, string | null>): Promise<void>;
  /** Commits and pushes. */
  push(site: string, files: Record<string, string | null>, refspec?: string): Promise<Ran>;
  git(site: string, ...words: string[]): Promise<Ran>;
  /** The words of an ssh client that asks for a command. @param key file of a private key */
  sshWords(asked: string, key?: string): string[];
  /** Asks for a command over ssh. */
  ssh(asked: string, options?: SshOptions): Promise<Ran>;
  /** GET of a site's page: status and body; status 0 where nothing answers. */
  get(site: string, path?: string): Promise<{ status: number; body: string }>;
  /** Puts text in front of what stands in the configuration file. */
  configure(before: string, text: string): Promise<void>;
  /** Writes files into a fresh folder. */
  folder(files: Record<string, string>): Promise<string>;
  dispose(): Promise<void>;
}

export async function privateInstance(options: Partial<UpOptions> = {}): Promise<PrivateInstance> {
  const dir = await mkdtemp(join(tmpdir(), 'octo-t-'));
  const dockerHost = process.env['DOCKER_HOST'];
  const signal = new AbortController().signal;
  const home = options.dir ?? join(dir, 'i');
  // The projects of the matrix say where its state is; a configuration of a test's own says so itself.
  const consul = options.config === undefined && process.env['OCTO_TEST_STATE'] === 'consul';
  const instance = await bringUp(
    { signal, consul, ...(dockerHost ? { dockerHost } : {}), ...options, dir: home },
    () => {},
  );
  const environment = {
    ...process.env,
    OCTOHOST_CONFIG: instance.configFile,
    GIT_SSH_COMMAND: sshCommand(instance),
    ...committer,
  };
  const repository = (site: string) => join(dir, 'repositories', site);
  const git = (site: string, ...words: string[]) =>
    ran('git', words, { cwd: repository(site), env: environment });
  const commit = (site: string, files: Record<string, string | null>) =>
    prepare(repository(site), files, (...words) => git(site, ...words));
  const sshWords = (asked: string, key = instance.ssh.identity ?? '') => {
    const { port, user, knownHosts } = instance.ssh;
    const settings = ['IdentitiesOnly=yes', 'BatchMode=yes', `UserKnownHostsFile=${knownHosts}`];
    const words = settings.flatMap((one) => ['-o', one]);
    return ['-F', '/dev/null', '-i', key, ...words, '-p', String(port), `${user}@127.0.0.1`, asked];
  };
  let folders = 0;
  return {
    instance,
    dir,
    home,
    git,
    sshWords,
    ssh: (asked, { key, ...more } = {}) => ran('ssh', sshWords(asked, key), more),
    octo: (...words) => ran(octoPath, words, { cwd: dir, env: environment }),
    commit,
    async push(site, files, refspec = 'main') {
      await commit(site, files);
      return git(site, 'push', instance.pushUrl.replace('{site}', site), refspec);
    },
    get: (site, path = '/') => get(instance, `${site}.${instance.domainSuffix}`, path),
    async configure(before, text) {
      const now = await readFile(instance.configFile, 'utf8');
      if (!now.includes(before)) throw new Error(`${instance.configFile} has no ${before}`);
      await writeFile(instance.configFile, now.replace(before, `${text}${before}`));
    },
    async folder(files) {
      const path = join(dir, `folder-${++folders}`);
      await writeFiles(path, files);
      return path;
    },
    async dispose() {
      await bringDown(home, () => {});
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export const committer = {
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@localhost',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@localhost',
};

async function prepare(
  path: string,
  files: Record<string, string | null>,
  git: (...words: string[]) => Promise<Ran>,
): Promise<void> {
  await mkdir(path, { recursive: true });
  await git('init', '-q', '--initial-branch=main');
  const kept = Object.entries(files).filter((entry): entry is [string, string] => entry[1] !== null);
  await writeFiles(path, Object.fromEntries(kept));
  for (const [name, content] of Object.entries(files))
    if (content === null) await rm(join(path, name), { force: true });
  await git('add', '-A');
  await git('commit', '-q', '--allow-empty', '-m', 'A change');
}

export async function writeFiles(path: string, files: Record<string, string>): Promise<void> {
  await mkdir(path, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
}

export interface RanOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** As whom it runs; left out: as who runs the tests. */
  readonly uid?: number;
  readonly gid?: number;
  /** What the program reads on its standard input. */
  readonly input?: string | Buffer;
}

/** Never throws: a test looks at the exit code. */
export function ran(
  program: string,
  words: readonly string[],
  { input, ...options }: RanOptions = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const all = { ...options, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 } as const;
    const child = execFile(program, [...words], all, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 255) : 0;
      resolve({ code, stdout, stderr });
    });
    if (input === undefined) return;
    // A program that does not read it may end before all is written.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

/** What has to go well; otherwise the test fails with what was said. */
export async function done(work: Promise<Ran>): Promise<Ran> {
  const result = await work;
  expect(result.code, result.stderr).toBe(0);
  return result;
}

export function get(
  instance: Pick<Instance, 'httpUrl'>,
  host: string,
  path = '/',
): Promise<{ status: number; body: string }> {
  return new Promise((resolve) => {
    const silent = () => resolve({ status: 0, body: '' });
    const asked = request(`${instance.httpUrl}${path}`, { headers: { host }, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', silent);
    });
    asked.on('error', silent);
    asked.end();
  });
}

/** A site that shows one text. busybox as process 1 ignores SIGTERM, so it is stopped with SIGKILL. */
export function page(text: string): Record<string, string> {
  return {
    Dockerfile: [
      `FROM ${baseImage}`,
      'COPY index.html /www/',
      'EXPOSE 8080',
      'STOPSIGNAL SIGKILL',
      'CMD ["httpd", "-f", "-p", "8080", "-h", "/www"]',
      '',
    ].join('\n'),
    'index.html': text,
  };
}

/** A Dockerfile whose container runs one shell command. */
export function command(shell: string, more: readonly string[] = ['EXPOSE 8080']): string {
  return [
    `FROM ${baseImage}`,
    ...more,
    'STOPSIGNAL SIGKILL',
    `CMD ["sh", "-c", ${JSON.stringify(shell)}]`,
    '',
  ].join('\n');
}
