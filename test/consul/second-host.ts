/** Another host of the same installation: a network, a host name, an agent and a router of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { endInstanceProcesses } from '../../cli/dev/leftovers.ts';
import { get, octoPath } from '../helpers/private-instance.ts';

const run = promisify(execFile);

/** A host without anything on it yet, joined to this one by a cable. */
export interface Host {
  /** Where this host is reached from there. */
  readonly here: string;
  /** Where it is reached from here. */
  readonly there: string;
  readonly name: string;
  /** Words that run a program there. */
  words(...command: string[]): [program: string, ...words: string[]];
  dispose(): Promise<void>;
}

/** A network and a host name live as long as a process has them, and that one as long as we do: it reads from us. @param number makes its name and addresses; 1 to 60 */
export async function makeHost(number: number): Promise<Host> {
  const name = `web${number}`;
  // Of the range for tests between networks; each cable has four addresses.
  const subnet = `198.18.${process.pid % 256}`;
  const [here, there] = [`${subnet}.${number * 4 + 1}`, `${subnet}.${number * 4 + 2}`];
  const holder = spawn('unshare', ['--net', '--uts', 'sh', '-c', `hostname ${name}; echo up; exec cat`]);
  await once(holder.stdout, 'data');
  const words = (...command: string[]): [string, ...string[]] => [
    'nsenter',
    '--target',
    String(holder.pid),
    '--net',
    '--uts',
    ...command,
  ];
  const inside = (...command: string[]) => {
    const [program, ...rest] = words(...command);
    return run(program, rest);
  };
  const [near, far] = [`oct${process.pid % 100_000}n${number}`, `oct${process.pid % 100_000}f${number}`];
  const pair = ['type', 'veth', 'peer', 'name', far, 'netns', String(holder.pid)];
  await run('ip', ['link', 'add', near, ...pair]);
  await run('ip', ['addr', 'add', `${here}/30`, 'dev', near]);
  await run('ip', ['link', 'set', near, 'up']);
  await inside('ip', 'addr', 'add', `${there}/30`, 'dev', far);
  for (const device of ['lo', far]) await inside('ip', 'link', 'set', device, 'up');
  return {
    here,
    there,
    name,
    words,
    async dispose() {
      await end(holder, 'SIGKILL');
      // It goes with the other end, a moment later.
      await run('ip', ['link', 'del', near]).catch(() => {});
    },
  };
}

/** An agent and a router there, of an installation whose configuration is here. */
export interface SecondRouter {
  readonly httpUrl: string;
  /** GET of a site's page through this router. */
  get(site: string, path?: string): Promise<{ status: number; body: string }>;
  /** Begins a command there, for a test that kills it. */
  begin(...words: string[]): ChildProcess;
  /** Of the agent. */
  kill(signal: NodeJS.Signals): void;
  /** Another agent takes the place of one that was killed. */
  start(): void;
  dispose(): Promise<void>;
}

/** @param configFile of the installation; the other host's names the same plugins @param dir for its own files */
export async function secondRouter(
  host: Host,
  { configFile, dir, domainSuffix }: { configFile: string; dir: string; domainSuffix: string },
): Promise<SecondRouter> {
  const port = 8080;
  const httpUrl = `http://${host.there}:${port}`;
  const dataDir = join(dir, 'data');
  const config = join(dir, 'octohost.config.ts');
  await mkdir(dataDir, { recursive: true });
  const own = `{ ...base, dataDir: '${dataDir}', http: { address: '${host.there}', port: ${port} } }`;
  await writeFile(
    config,
    `import { defineConfig } from 'octohost';\nimport base from '${configFile}';\nexport default defineConfig(${own});\n`,
  );
  const begin = (...words: string[]) => {
    const [program, ...rest] = host.words(octoPath, ...words, '--config', config);
    return spawn(program, rest, { env: process.env, stdio: 'ignore' });
  };
  const start = () => begin('serve');
  let agent = start();
  return {
    httpUrl,
    get: (site, path = '/') => get({ httpUrl }, `${site}.${domainSuffix}`, path),
    begin,
    kill: (signal) => void agent.kill(signal),
    start() {
      agent = start();
    },
    async dispose() {
      await end(agent, 'SIGKILL');
      await endInstanceProcesses(config, join(dataDir, 'nginx', 'nginx.pid'));
    },
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}
