/** The demo: a private instance, a real git push over real ssh, a change, and what each step took. */
import { execFile, spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { octoCommand, packageRoot } from '../program.ts';
import { baseImage, importBusyboxImage } from './busybox-image.ts';
import { connectDocker } from './docker-connection.ts';
import { errors } from './errors.ts';
import { bringDown, bringUp } from './instance.ts';
import { type Instance, sshCommand } from './instance-files.ts';

const run = promisify(execFile);
const sample = () => join(packageRoot, 'cli', 'dev', 'sample-site');
const site = 'hello';

export interface DemoOptions {
  /** True: leave everything up and say how to go on. */
  readonly keep: boolean;
  readonly dockerHost?: string;
  readonly signal: AbortSignal;
  /** Takes a line of what happens. */
  readonly tell: (line: string) => void;
}

/** What the demo saw, for `--json`. */
export interface DemoResult {
  readonly instance: Instance;
  readonly first: Visit;
  readonly second: Visit;
}

export interface Visit {
  /** What the site answered. */
  readonly answer: string;
  /** Seconds from `git push` until it returned. */
  readonly seconds: number;
}

export async function demo(options: DemoOptions): Promise<DemoResult> {
  const { tell, signal } = options;
  const dir = await mkdtemp(join(tmpdir(), 'octo-'));
  const instanceDir = join(dir, 'i');
  try {
    tell(`A private instance in ${instanceDir}`);
    const instance = await bringUp(
      { dir: instanceDir, signal, ...(options.dockerHost ? { dockerHost: options.dockerHost } : {}) },
      (line) => tell(`  ${line}`),
    );
    await importBusyboxImage(await connectDocker(instance.dockerHost), baseImage);
    const repository = join(dir, site);
    await createSample(repository);
    const first = await pushAndVisit(repository, instance, 'A first push', options);
    await writeFile(join(repository, 'index.html'), '<h1>Hello again, and nobody noticed the switch</h1>\n');
    await git(repository, ['commit', '-qam', 'Say hello again']);
    const second = await pushAndVisit(repository, instance, 'A change', options);
    if (options.keep) howToGoOn(instance, repository, instanceDir, tell);
    return { instance, first, second };
  } finally {
    if (!options.keep || signal.aborted) await clearAway(dir, instanceDir, tell);
  }
}

async function createSample(repository: string): Promise<void> {
  await mkdir(repository);
  for (const file of ['Dockerfile', 'index.html'])
    await copyFile(join(sample(), file), join(repository, file));
  await git(repository, ['init', '-q', '--initial-branch=main']);
  await git(repository, ['add', '.']);
  await git(repository, ['commit', '-qm', 'Say hello']);
}

async function pushAndVisit(
  repository: string,
  instance: Instance,
  what: string,
  options: DemoOptions,
): Promise<Visit> {
  const url = instance.pushUrl.replace('{site}', site);
  options.tell('');
  options.tell(`${what}: git push ${url} main`);
  const began = performance.now();
  await push(repository, url, instance, options);
  const seconds = (performance.now() - began) / 1000;
  const answer = await visit(instance);
  options.tell(`curl -H 'Host: ${site}.${instance.domainSuffix}' ${instance.httpUrl}/ → ${answer}`);
  options.tell(`git push took ${seconds.toFixed(2)} s in all`);
  return { answer, seconds };
}

function push(
  repository: string,
  url: string,
  instance: Instance,
  { tell, signal }: DemoOptions,
): Promise<void> {
  const child = spawn('git', ['push', url, 'main'], {
    cwd: repository,
    env: pushEnvironment(instance),
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  });
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    tell(`  ${line.trimEnd()}`);
  });
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => reject(signal.aborted ? signal.reason : cause));
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(errors.E_DEV_DEMO({ what: 'push', lines: lines.slice(-5) })),
    );
  });
}

function pushEnvironment(instance: Instance): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: process.env['HOME'], GIT_SSH_COMMAND: sshCommand(instance) };
}

async function visit(instance: Instance): Promise<string> {
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    const asked = request(
      instance.httpUrl,
      { headers: { host: `${site}.${instance.domainSuffix}` } },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (data: string) => {
          body += data;
        });
        response.on('end', () =>
          response.statusCode === 200
            ? resolve(body.trim())
            : reject(
                errors.E_DEV_DEMO({
                  what: `fetch the site: it answered ${response.statusCode}`,
                  lines: [body],
                }),
              ),
        );
        response.on('error', reject);
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}

async function git(repository: string, words: readonly string[]): Promise<void> {
  const who = {
    GIT_AUTHOR_NAME: 'Demo',
    GIT_AUTHOR_EMAIL: 'demo@localhost',
    GIT_COMMITTER_NAME: 'Demo',
    GIT_COMMITTER_EMAIL: 'demo@localhost',
  };
  await run('git', words, {
    cwd: repository,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...who },
  });
}

function howToGoOn(
  instance: Instance,
  repository: string,
  instanceDir: string,
  tell: (line: string) => void,
): void {
  tell('');
  tell('Everything is left up. Go on with:');
  tell(`  cd ${repository}`);
  tell(`  export GIT_SSH_COMMAND='${sshCommand(instance)}'`);
  tell(`  echo '<h1>My own words</h1>' > index.html && git commit -qam 'My own words'`);
  tell(`  git push ${instance.pushUrl.replace('{site}', site)} main`);
  tell(`  export OCTOHOST_CONFIG=${instance.configFile}`);
  tell(`  ${octoCommand} status`);
  tell(`Take it down with: ${octoCommand} dev:down --dir ${instanceDir}; rm -r ${dirname(repository)}`);
}

async function clearAway(dir: string, instanceDir: string, tell: (line: string) => void): Promise<void> {
  tell('');
  tell('Cleaning up');
  const { rm } = await import('node:fs/promises');
  await bringDown(instanceDir, () => {});
  await rm(dir, { recursive: true, force: true });
}
