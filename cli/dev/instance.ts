/** A whole private instance in one folder: engine, sshd, nginx, store. Up and down, nothing of the system touched. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Domain, everySite, messageOf, parseDomain, parseKeyName } from '../../core/index.ts';
import { parseKeyFile } from '../door/key-source.ts';
import { letIn } from '../door/keys.ts';
import { openFromFile } from '../open-engine.ts';
import { silent } from '../render/quiet.ts';
import { baseImage, importBusyboxImage } from './busybox-image.ts';
import { hasLeader, startConsul, stopConsul } from './consul-server.ts';
import { connectDocker } from './docker-connection.ts';
import { dockerHostAnswers, startDockerEngine, stopDockerEngine } from './docker-engine.ts';
import { errors } from './errors.ts';
import { freePort } from './free-port.ts';
import { configText, type Instance, instanceLayout } from './instance-files.ts';
import { endInstanceProcesses, removeInstanceResources } from './leftovers.ts';
import { startSshServer, stopSshServer } from './ssh-server.ts';

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
  /** Settings, state and catalog in a Consul of its own, instead of the embedded ones. */
  readonly consul?: boolean;
  /** DOCKER_HOST of whoever asks. */
  readonly dockerHost?: string;
  readonly signal: AbortSignal;
}

/** Brings a private instance up, or finds it up. What was begun is taken down again when it fails. */
export async function bringUp(options: UpOptions, tell: (line: string) => void): Promise<Instance> {
  const { dir } = options;
  const layout = instanceLayout(dir);
  const record = await readRecord(dir);
  if (record?.instance && (await answers(record.instance))) return record.instance;
  if (record) throw errors.E_DEV_HALF({ dir });
  const foreign = layout.names.filter((name) => existsSync(join(dir, name)));
  if (foreign.length > 0) throw errors.E_DEV_FOREIGN({ dir, names: foreign });
  const made = !existsSync(dir);
  await mkdir(layout.ssh, { recursive: true, mode: 0o700 });
  try {
    // The record comes first: what has none is not octohost's to clear away.
    await writeRecord(dir, { made });
    const instance = await startParts(options, layout, tell);
    await writeRecord(dir, { made, instance, installation: await installationOf(layout.config) });
    return instance;
  } catch (error) {
    await bringDown(dir, tell);
    throw error;
  }
}

/** Whether every part of an instance is there. */
async function answers({ dockerHost, httpUrl, ssh, consul }: Instance): Promise<boolean> {
  const parts = [
    dockerHostAnswers(dockerHost),
    accepts(Number(new URL(httpUrl).port)),
    accepts(ssh.port),
    ...(consul === undefined ? [] : [hasLeader(consul)]),
  ];
  return (await Promise.all(parts)).every(Boolean);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('connect', () => socket.destroy());
    socket.on('error', () => resolve(false));
  });
}

async function installationOf(configFile: string): Promise<string> {
  const engine = await openFromFile(configFile);
  try {
    return await engine.installation();
  } finally {
    await engine.close();
  }
}

async function startParts(
  options: UpOptions,
  layout: ReturnType<typeof instanceLayout>,
  tell: (line: string) => void,
): Promise<Instance> {
  const { signal } = options;
  const dockerHost = await findEngine(options, layout.engine, tell);
  await makeBaseImage(dockerHost, tell);
  signal.throwIfAborted();
  const httpPort = options.httpPort ?? (await freePort());
  const httpsPort = await freePort();
  const domainSuffix: Domain = parseDomain('localhost');
  const user = userInfo().username;
  const { data: dataDir, authorizedKeys, sshdConfig } = layout;
  if (options.consul) tell('starting Consul');
  const consul = options.consul ? await startConsul({ dir: layout.consul }) : undefined;
  const own = consul === undefined ? {} : { consul };
  const facts = {
    dataDir,
    user,
    httpPort,
    httpsPort,
    domainSuffix,
    dockerHost,
    authorizedKeys,
    sshdConfig,
    ...own,
  };
  await writeFile(layout.config, configText(options.config ? { ...facts, base: options.config } : facts));
  tell('starting nginx');
  await startRouter(layout.config, signal);
  tell('starting sshd');
  const { port } = await startSshServer({ dir: layout.ssh, port: options.sshPort ?? 0, user });
  await authorize(options.publicKey, layout, signal);
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
    ...own,
  };
}

/** For sites to try: a machine without a way to a registry has an image to build from. One without busybox goes without. */
async function makeBaseImage(dockerHost: string, tell: (line: string) => void): Promise<void> {
  try {
    await importBusyboxImage(await connectDocker(dockerHost), baseImage);
  } catch (error) {
    tell(`without the image ${baseImage}: ${messageOf(error)}`);
  }
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
  signal: AbortSignal,
): Promise<void> {
  if (publicKey === undefined)
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'octohost-dev', '-f', layout.key]);
  const key = parseKeyFile(Buffer.from(publicKey ?? (await readFile(`${layout.key}.pub`, 'utf8'))));
  const engine = await openFromFile(layout.config);
  const grant = { name: parseKeyName('dev'), right: 'admin', sites: [everySite] } as const;
  try {
    await letIn(engine, { ...key, ...grant }, { actor: 'dev:up', signal, reporter: silent });
  } finally {
    await engine.close();
  }
}

async function hostKeyLine(sshDir: string, port: number): Promise<string> {
  const [type, key] = (await readFile(`${sshDir}/host_ed25519_key.pub`, 'utf8')).split(' ');
  return `[127.0.0.1]:${port} ${type} ${key?.trim()}\n`;
}

/** What the folder of a private instance says of it; an instance that was not finished has no more than `made`. */
interface InstanceRecord {
  /** True where dev:up made the folder itself. */
  readonly made: boolean;
  readonly instance?: Instance;
  readonly installation?: string;
}

export async function readRecord(dir: string): Promise<InstanceRecord | undefined> {
  const text = await readFile(instanceLayout(dir).record, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as InstanceRecord;
  } catch (cause) {
    throw errors.E_DEV_FOREIGN({ dir, names: ['instance.json'] }, { cause });
  }
}

async function writeRecord(dir: string, record: InstanceRecord): Promise<void> {
  await writeFile(instanceLayout(dir).record, JSON.stringify(record, undefined, 2));
}

/**
 * Takes a private instance down, whole or half-made: its processes, containers, volumes, images, files. A folder
 * without an instance's record is left as it is.
 * @throws E_DEV_UNREACHABLE where an engine that is not its own does not answer; the folder stays then
 */
export async function bringDown(dir: string, tell: (line: string) => void): Promise<void> {
  const layout = instanceLayout(dir);
  const record = await readRecord(dir);
  if (!record) return;
  tell('stopping sshd');
  await stopSshServer({ dir: layout.ssh });
  await endInstanceProcesses(layout.config, layout.nginxPid);
  const { instance, installation } = record;
  const ownEngine = existsSync(layout.engine);
  if (existsSync(layout.consul)) {
    tell('stopping Consul');
    await stopConsul({ dir: layout.consul });
  }
  if (instance && installation && !ownEngine) {
    if (!(await dockerHostAnswers(instance.dockerHost)))
      throw errors.E_DEV_UNREACHABLE({ dockerHost: instance.dockerHost });
    tell('removing containers, volumes and images');
    await removeInstanceResources(instance.dockerHost, installation);
  }
  if (ownEngine) {
    tell('stopping the Docker Engine');
    await stopDockerEngine({ dir: layout.engine });
  }
  const gone = record.made ? [dir] : layout.names.map((name) => join(dir, name));
  for (const path of gone) await rm(path, { recursive: true, force: true });
}
