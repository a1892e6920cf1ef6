/** A Docker engine of one's own, for machines where none runs: started by `octo dev:up`, the demo and the tests. */
import { mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { type Detached, startDetached } from './detached.ts';
import { dockerEndpoint, dockerHostAnswers, dockerRequest } from './docker-http.ts';
import { containerdConfig, dockerdArguments, type EngineLayout, engineLayout } from './engine-layout.ts';
import { clearLeftovers } from './engine-leftovers.ts';
import { bridgeHardwareAddress, freeBridgeAddress, usedNetworks } from './engine-network.ts';
import { endProcess, isRunning } from './processes.ts';
import { errors } from './program-errors.ts';
import { runProgram } from './programs.ts';
import { waitUntil } from './wait.ts';

export { dockerHostAnswers } from './docker-http.ts';

const startMs = 60_000;
const graceMs = 20_000;

/**
 * Starts an engine that lives below `dir` and goes on when this process ends. A second call gives the running one.
 * It has its own containerd and bridge (`octo` and eight digits), and touches neither a firewall rule, a setting
 * of the kernel's routing, nor another engine; so its containers reach this machine and each other, not the world.
 * Containers with a restart policy come back with it.
 * @param options dir: at most about 70 bytes; needs root. signal: gives up and clears away.
 * @throws E_ENGINE_FOLDER, E_ENGINE_SUBNET, E_PROGRAM_MISSING; E_ENGINE_START with the log's last lines when it
 *   ends or does not answer within 60 seconds
 */
export async function startDockerEngine(options: {
  dir: string;
  signal?: AbortSignal;
}): Promise<{ dockerHost: string }> {
  const { signal } = options;
  await mkdir(options.dir, { recursive: true });
  const engine = engineLayout(await realpath(options.dir));
  if ((await isRunning(engine.dockerd.record)) && (await answers(engine, undefined, signal))) {
    return { dockerHost: engine.dockerHost };
  }
  await end(engine);
  try {
    await makeBridge(engine);
    await startContainerd(engine, signal);
    await startDockerd(engine, signal);
  } catch (error) {
    await end(engine);
    throw error;
  }
  return { dockerHost: engine.dockerHost };
}

/**
 * Ends the engine of `dir` and all it left on the machine: containers, processes, bridges, mounts. Its images,
 * containers and volumes stay on disk, for the next start. Does nothing where none runs.
 */
export async function stopDockerEngine({ dir }: { dir: string }): Promise<void> {
  const real = await realpath(dir).catch(() => undefined);
  if (real) await end(engineLayout(real));
}

async function end(engine: EngineLayout): Promise<void> {
  // dockerd would wait ten seconds for each container that does not heed SIGTERM.
  await killContainers(engine);
  await endProcess(engine.dockerd.record, { graceMs });
  await endProcess(engine.containerd.record, { graceMs });
  await clearLeftovers(engine);
}

async function killContainers(engine: EngineLayout): Promise<void> {
  if (!(await dockerHostAnswers(engine.dockerHost))) return;
  const endpoint = dockerEndpoint(engine.dockerHost) ?? {};
  const { body } = await dockerRequest(endpoint, 'GET', '/containers/json');
  const ids = (JSON.parse(body) as { Id: string }[]).map((container) => container.Id);
  // One that has just ended by itself answers 409: gone is gone.
  await Promise.allSettled(ids.map((id) => dockerRequest(endpoint, 'POST', `/containers/${id}/kill`)));
}

async function makeBridge({ bridge }: EngineLayout): Promise<void> {
  const addresses = await runProgram('ip', ['-json', '-4', 'addr', 'show']);
  const routes = await runProgram('ip', ['-json', '-4', 'route', 'show', 'table', 'all']);
  await runProgram('ip', ['link', 'add', bridge, 'address', bridgeHardwareAddress(bridge), 'type', 'bridge']);
  await runProgram('ip', [
    'addr',
    'add',
    freeBridgeAddress(bridge, usedNetworks(addresses, routes)),
    'dev',
    bridge,
  ]);
  await runProgram('ip', ['link', 'set', bridge, 'up']);
}

async function startContainerd(engine: EngineLayout, signal?: AbortSignal): Promise<void> {
  const { config, log, record, socket } = engine.containerd;
  await writeFile(config, containerdConfig(engine));
  const started = await startDetached({
    program: 'containerd',
    args: ['--config', config],
    logFile: log,
    recordFile: record,
  });
  const ready = await waitUntil(async () => started.ended() || (await accepts(socket)), {
    timeoutMs: startMs,
    signal,
  });
  await assertStarted(started, ready, 'containerd', log);
}

async function startDockerd(engine: EngineLayout, signal?: AbortSignal): Promise<void> {
  const { config, log, record, pidFile } = engine.dockerd;
  await writeFile(config, '{}\n');
  await rm(pidFile, { force: true });
  const started = await startDetached({
    program: 'dockerd',
    args: dockerdArguments(engine),
    logFile: log,
    recordFile: record,
  });
  await assertStarted(started, await answers(engine, started, signal), 'dockerd', log);
}

async function assertStarted(started: Detached, ready: boolean, program: string, log: string): Promise<void> {
  if (ready && !started.ended()) return;
  const problem = started.ended()
    ? 'ended right after its start'
    : `did not answer within ${startMs / 1000} seconds`;
  throw errors.E_ENGINE_START({ program, problem, log, lines: await started.lastLines() });
}

async function answers(
  engine: EngineLayout,
  started: Detached | undefined,
  signal?: AbortSignal,
): Promise<boolean> {
  const gone = async () => (started ? started.ended() : !(await isRunning(engine.dockerd.record)));
  let answered = false;
  await waitUntil(
    async () => {
      answered = await dockerHostAnswers(engine.dockerHost);
      return answered || (await gone());
    },
    { timeoutMs: startMs, signal },
  );
  return answered;
}

function accepts(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
