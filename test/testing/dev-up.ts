/** A private instance for a plugin's end-to-end test: what `octo dev:up` brings up, and `octo dev:down` takes away. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Instance, sshCommand } from '../../cli/dev/instance-files.ts';
import { octoCommand } from '../../cli/program.ts';
import type { Answer } from './memory-router.ts';

export interface DevUpOptions {
  /** An `octohost.config.ts` whose plugins the instance uses, its own ones in place of the built-in; left out: those. */
  readonly config?: string;
}

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A whole octohost in a folder of its own: sshd, nginx, store, and a Docker Engine where none was there. */
export interface DevInstance {
  /** Where its files are; absolute. */
  readonly dir: string;
  /** Of its nginx: `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** `{site}` stands for a site's name. */
  readonly pushUrl: string;
  /** The sites' names are below it. */
  readonly domainSuffix: string;
  /** With it, `octo` and `git push` of whatever runs speak to this instance. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Runs `octo` against it, in its folder. Never throws: look at the code. */
  octo(...words: string[]): Promise<Ended>;
  /** GET of a site's page. @param path `/` by default */
  request(site: string, path?: string): Promise<Answer>;
  /** Takes everything away again, its folder too. */
  dispose(): Promise<void>;
}

/**
 * Brings an instance up, in a minute at most; for a `beforeAll`, with `dispose` in the `afterAll`. It needs what
 * `octo dev:up` needs: git, sshd, nginx, and Docker or the right to start one.
 * @throws with what `octo dev:up` said; nothing is left then
 */
export async function devUp({ config }: DevUpOptions = {}): Promise<DevInstance> {
  const home = await mkdtemp(join(tmpdir(), 'octo-plugin-'));
  const dir = join(home, 'instance');
  const own = config === undefined ? [] : ['--config', resolve(config)];
  const up = await run(['dev:up', '--dir', dir, ...own], {});
  if (up.code !== 0) {
    await rm(home, { recursive: true, force: true });
    throw new Error(`octo dev:up: ${up.stderr}`);
  }
  const instance = JSON.parse(up.stdout) as Instance;
  const environment = {
    ...process.env,
    OCTOHOST_CONFIG: instance.configFile,
    GIT_SSH_COMMAND: sshCommand(instance),
  };
  const { httpUrl: url, pushUrl, domainSuffix } = instance;
  return {
    dir,
    url,
    pushUrl,
    domainSuffix,
    environment,
    octo: (...words) => run(words, { cwd: dir, env: environment }),
    request: (site, path = '/') => request(`${url}${path}`, `${site}.${domainSuffix}`),
    async dispose() {
      const down = await run(['dev:down', '--dir', dir], {});
      if (down.code !== 0) throw new Error(`octo dev:down: ${down.stderr}`);
      await rm(home, { recursive: true, force: true });
    },
  };
}

function run(words: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv }): Promise<Ended> {
  return new Promise((done) => {
    execFile(octoCommand, [...words], { ...options, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      done({ code: error ? (typeof error.code === 'number' ? error.code : 255) : 0, stdout, stderr });
    });
  });
}

function request(url: string, host: string): Promise<Answer> {
  return new Promise((done, reject) => {
    const asked = get(url, { headers: { host }, agent: false }, (response) => {
      text(response).then((body) => done({ status: response.statusCode ?? 0, body }), reject);
    });
    asked.on('error', reject);
  });
}
