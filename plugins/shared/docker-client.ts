/** The one door to the Docker Engine: dockerode, loaded when it is first used. */
import { readFile } from 'node:fs/promises';
import type { Agent } from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import { errors, isOctohostError } from '../../core/index.ts';
import { engineWords, isUnreachable } from './docker-errors.ts';
import { type DockerHost, parseDockerHost, showDockerHost } from './docker-host.ts';

export interface DockerClient {
  /** Runs work with the engine. Throws E_UNAVAILABLE where the engine cannot be reached. */
  use<Result>(work: (docker: Docker) => Promise<Result>): Promise<Result>;
  /**
   * The same with connections of its own, all of which are closed when the work ends or the signal aborts: that is
   * what stops a build, and dockerode leaves the session of a failed build open.
   */
  useAlone<Result>(signal: AbortSignal, work: (docker: Docker) => Promise<Result>): Promise<Result>;
  /** E_UNAVAILABLE for what a broken connection throws; any other error as it is. */
  explain(error: unknown): unknown;
}

/** Makes a client; nothing is opened and nothing is loaded before its first use. */
export function dockerClient(
  option: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): DockerClient {
  let shared: Promise<Docker> | undefined;
  const explain = (error: unknown): unknown => {
    if (isOctohostError(error) || !isUnreachable(error)) return error;
    const what = `The Docker Engine at ${showDockerHost(parseDockerHost(option, environment))}`;
    return errors.E_UNAVAILABLE({ what, cause: engineWords(error) }, { cause: error });
  };
  const translated = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      throw explain(error);
    }
  };
  return {
    explain,
    use: (work) =>
      translated(async () => {
        shared ??= connect(parseDockerHost(option, environment));
        return work(await shared);
      }),
    useAlone: (signal, work) =>
      translated(async () => {
        const host = parseDockerHost(option, environment);
        const { agent, close } = closableAgent(host.kind === 'tcp' && host.certificates !== undefined);
        signal.addEventListener('abort', close, { once: true });
        try {
          signal.throwIfAborted();
          return await work(await connect(host, agent));
        } finally {
          signal.removeEventListener('abort', close);
          close();
        }
      }),
  };
}

/** Every value is given, undefined ones too: what is left out, dockerode takes from the process's environment. */
async function connect(host: DockerHost, agent?: Agent): Promise<Docker> {
  const { default: Dockerode } = await import('dockerode');
  const nothing = { host: undefined, port: undefined, ca: undefined, cert: undefined, key: undefined };
  const shared = { ...nothing, pathPrefix: '/', timeout: undefined, ...(agent ? { agent } : {}) };
  if (host.kind === 'unix') return new Dockerode({ ...shared, socketPath: host.path, protocol: 'http' });
  return new Dockerode({
    ...shared,
    host: host.host,
    port: host.port,
    protocol: host.certificates ? 'https' : 'http',
    ...(host.certificates ? await readCertificates(host.certificates) : {}),
  });
}

async function readCertificates(folder: string): Promise<{ ca: Buffer; cert: Buffer; key: Buffer }> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readFile(join(folder, name))),
  );
  return { ca: ca as Buffer, cert: cert as Buffer, key: key as Buffer };
}

/** An agent whose connections can all be closed, those too that were upgraded and left the agent's own books. */
function closableAgent(secure: boolean): { agent: Agent; close: () => void } {
  // An import statement of node:http would load the whole of fetch and WebSocket with it: 15 ms of every command.
  const { Agent } = process.getBuiltinModule(secure ? 'node:https' : 'node:http');
  const agent = new Agent();
  const connections = new Set<Duplex>();
  let closed = false;
  const create = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const connection = create(options, callback);
    if (!connection) return connection;
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
    if (closed) connection.destroy();
    return connection;
  };
  const close = () => {
    closed = true;
    for (const connection of connections) connection.destroy();
  };
  return { agent, close };
}
