/** A whole private instance in one folder: engine, sshd, nginx, store. Up and down, nothing of the system touched. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import { type Domain, parseDomain } from '../../core/index.ts';
import { openFromFile } from '../open-engine.ts';
import { octoCommand } from '../program.ts';
import { silent } from '../render/quiet.ts';
import { dockerHostAnswers, startDockerEngine, stopDockerEngine } from './docker-engine.ts';
import { errors } from './errors.ts';
import { configText, type Instance, instanceLayout } from './instance-files.ts';
import { endInstanceProcesses, removeInstanceResources } from './leftovers.ts';
import { authorizedKeysLine, startSshServer, stopSshServer } from './ssh-server.ts';

const run = promisify(execFile);
const systemSocket = 'unix:///var/run/docker.sock';

export interface UpOptions {
  readonly dir: string;
  readonly httpPort?: number;
  readonly sshPort?: number;
  /** Text of a public key; left out: the instance makes one of its own. */
  readonly publicKey?: string;
  /** The operator's own configuration file, whose plugins are used; absolute. */
  readonly config?: string;
  /** DOCKER_HOST of whoever asks. */
  readonly dockerHost?: string;
  readonly signal: AbortSignal;
}

/** Brings a private instance up, or finds it up. What was begun is taken down again when it fails. */
export async function bringUp(options: UpOptions, tell: (line: string) => void): Promise<Instance> {
  const layout = instanceLayout(options.dir);
  const known = await readInstance(options.dir);
  if (known) return known;
  if (existsSync(layout.config)) throw errors.E_DEV_HALF({ dir: options.dir });
  const made = !existsSync(options.dir);
  await mkdir(layout.ssh, { recursive: true, mode: 0o700 });
  try {
    const instance = await startParts(options, layout, tell);
    await writeFile(layout.record, JSON.stringify({ instance, made }, undefined, 2));
    return instance;
  } catch (error) {
    await bringDown(options.dir, tell);
    if (made) await rm(options.dir, { recursive: true, force: true });
    throw error;
  }
}

async function startParts(
  options: UpOptions,
  layout: ReturnType<typeof instanceLayout>,
  tell: (line: string) => void,
): Promise<Instance> {
  const { signal } = options;
  const dockerHost = await findEngine(options, layout.engine, tell);
  signal.throwIfAborted();
  const httpPort = options.httpPort ?? (await freePort());
  const domainSuffix: Domain = parseDomain('localhost');
  const user = userInfo().username;
  const facts = { dataDir: layout.data, user, httpPort, domainSuffix, dockerHost };
  await writeFile(layout.config, configText(options.config ? { ...facts, base: options.config } : facts));
  tell('starting nginx');
  await startRouter(layout.config, signal);
  tell('starting sshd');
  await authorize(options.publicKey, layout);
  const { port } = await startSshServer({ dir: layout.ssh, port: options.sshPort ?? 0, user });
  await writeFile(layout.knownHosts, await hostKeyLine(layout.ssh, port));
  return {
    pushUrl: `ssh://${user}@127.0.0.1:${port}/{site}.git`,
    httpUrl: `http://127.0.0.1:${httpPort}`,
    ssh: {
      port,
      user,
      ...(options.publicKey ? {} : { identity: layout.key }),
      knownHosts: layout.knownHosts,
    },
    dockerHost,
    configFile: layout.config,
    domainSuffix,
  };
}

/** The engine of DOCKER_HOST, the system's where it answers, or one of the instance's own. */
async function findEngine(
  { dockerHost: asked, signal }: UpOptions,
  dir: string,
  tell: (line: string) => void,
): Promise<string> {
  if (asked) {
    if (await dockerHostAnswers(asked)) return asked;
    throw errors.E_DEV_ENGINE({ dockerHost: asked });
  }
  if (await dockerHostAnswers(systemSocket)) return systemSocket;
  tell('starting a Docker Engine of its own');
  return (await startDockerEngine({ dir, signal })).dockerHost;
}

/** Applying the routes of no site starts the router. */
async function startRouter(configFile: string, signal: AbortSignal): Promise<void> {
  const engine = await openFromFile(configFile);
  try {
    await engine.converge([], { actor: 'dev:up', signal, reporter: silent });
  } finally {
    await engine.close();
  }
}

async function authorize(
  publicKey: string | undefined,
  layout: ReturnType<typeof instanceLayout>,
): Promise<void> {
  if (publicKey === undefined)
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'octohost-dev', '-f', layout.key]);
  const key = publicKey ?? (await readFile(`${layout.key}.pub`, 'utf8'));
  const command = [octoCommand, 'door:serve', '--config', layout.config, '--key', 'dev'];
  await writeFile(layout.authorizedKeys, `${authorizedKeysLine({ command, key })}\n`, { mode: 0o600 });
}

async function hostKeyLine(sshDir: string, port: number): Promise<string> {
  const [type, key] = (await readFile(`${sshDir}/host_ed25519_key.pub`, 'utf8')).split(' ');
  return `[127.0.0.1]:${port} ${type} ${key?.trim()}\n`;
}

/** The instance that is up in a folder. */
export async function readInstance(dir: string): Promise<Instance | undefined> {
  const text = await readFile(instanceLayout(dir).record, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as { instance: Instance }).instance;
}

/** Takes a private instance down, whole or half-made: its processes, containers, volumes, images, files. */
export async function bringDown(dir: string, tell: (line: string) => void): Promise<void> {
  const layout = instanceLayout(dir);
  tell('stopping sshd');
  await stopSshServer({ dir: layout.ssh });
  await endInstanceProcesses(layout.config, layout.nginxPid);
  if (existsSync(layout.config)) {
    tell('removing containers, volumes and images');
    await removeInstanceResources(layout.config);
  }
  if (existsSync(layout.engine)) {
    tell('stopping the Docker Engine');
    await stopDockerEngine({ dir: layout.engine });
  }
  const { made } = JSON.parse(await readFile(layout.record, 'utf8').catch(() => '{}')) as { made?: boolean };
  const gone = made ? [dir] : [layout.record, layout.config, layout.data, layout.engine, layout.ssh];
  for (const path of gone) await rm(path, { recursive: true, force: true });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
