/** Commands with somebody at them: in a container of their own, or in one that runs. */
import type { Duplex, Writable } from 'node:stream';
import {
  errors as coreErrors,
  type Instance,
  type Runtime,
  type StepContext,
  type Streams,
  type Task,
  type TaskRequest,
  type Terminal,
} from '../../core/index.ts';
import type { DockerClient } from '../shared/docker-client.ts';
import { attendedSpec, type ContainerPlace } from './container-spec.ts';
import { inspectOwn, type Owner, startWhole, stopContainer } from './containers.ts';
import { errors } from './errors.ts';
import { frames } from './log-lines.ts';

/** The runtime's part of it. */
export function attendedCommands(
  client: DockerClient,
  place: () => Promise<ContainerPlace & Owner>,
): Pick<Runtime, 'runAttended' | 'execAttended'> {
  return {
    runAttended: async (request, streams, { graceSeconds }, context) =>
      runAttended(client, await place(), request, streams, graceSeconds, context),
    execAttended: async (instance, command, streams, signal) =>
      execAttended(client, await place(), instance, command, streams, signal),
  };
}

async function runAttended(
  client: DockerClient,
  place: ContainerPlace & Owner,
  request: TaskRequest,
  streams: Streams,
  graceSeconds: number,
  context: StepContext,
): Promise<number> {
  const spec = attendedSpec(request, place, streams.terminal !== undefined);
  let connection: Duplex | undefined;
  // Attached before it starts: nothing that it says is lost.
  const { id, name } = await startWhole(client, spec, [], context, async (container) => {
    connection = (await container.attach({
      stream: true,
      stdin: true,
      stdout: true,
      stderr: true,
      hijack: true,
    })) as Duplex;
  });
  const task: Task = { id, name, site: request.spec.site, deploy: request.deploy, attended: true };
  const stop = () => stopContainer(client, place, task, graceSeconds);
  try {
    return await client.use(async (docker) => {
      const container = docker.getContainer(id);
      const resize = (h: number, w: number) => container.resize({ h, w });
      await converse(connection as Duplex, streams, { resize, stop }, context.signal);
      const { StatusCode } = (await container.wait()) as { StatusCode: number };
      return StatusCode;
    });
  } finally {
    connection?.destroy();
    await stop();
  }
}

/** The engine cannot end a command in a container: an abort takes its input and output away. */
async function execAttended(
  client: DockerClient,
  owner: Owner,
  instance: Instance,
  command: readonly string[],
  streams: Streams,
  signal: AbortSignal,
): Promise<number> {
  if (!(await inspectOwn(client, owner, instance))) throw errors.E_INSTANCE_GONE(instance);
  const Tty = streams.terminal !== undefined;
  return client.use(async (docker) => {
    signal.throwIfAborted();
    const exec = await docker.getContainer(instance.id).exec({
      Cmd: [...command],
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty,
    });
    const connection = await exec.start({ hijack: true, stdin: true, Tty });
    const resize = (h: number, w: number) => exec.resize({ h, w });
    const stop = async () => void connection.destroy();
    try {
      await converse(connection, streams, { resize, stop }, signal);
      const { ExitCode } = await exec.inspect();
      return ExitCode ?? -1;
    } finally {
      connection.destroy();
    }
  });
}

interface Control {
  readonly resize: (rows: number, columns: number) => Promise<unknown>;
  /** Ends the command, or takes its output away; what it says meanwhile is still passed on. */
  readonly stop: () => Promise<void>;
}

/** Passes on what is typed and what is said, until the command has ended. @throws E_ABORTED once the signal has aborted */
async function converse(
  connection: Duplex,
  streams: Streams,
  { resize, stop }: Control,
  signal: AbortSignal,
): Promise<void> {
  const { stdin, terminal } = streams;
  const broken = Promise.withResolvers<never>();
  const abort = () => broken.reject(coreErrors.E_ABORTED({ what: 'The command' }));
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  stdin.once('error', broken.reject);
  // Whoever types into what has ended already is told by its end.
  connection.on('error', () => {});
  const said = passOn(connection, streams);
  stdin.pipe(connection);
  const forgetSize = terminal ? followSize(terminal, resize) : () => {};
  try {
    await Promise.race([said, broken.promise]);
  } catch (error) {
    await stop();
    await said.catch(() => {});
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
    stdin.off('error', broken.reject).unpipe(connection);
    forgetSize();
  }
}

/** A size that cannot be set is no reason to end anything: the command may have ended already. */
function followSize(terminal: Terminal, resize: Control['resize']): () => void {
  const set = () => {
    const { rows, columns } = terminal.size();
    resize(rows, columns).catch(() => {});
  };
  set();
  return terminal.onResize(set);
}

async function passOn(connection: Duplex, { stdout, stderr, terminal }: Streams): Promise<void> {
  try {
    if (terminal) for await (const bytes of connection) await write(stdout, bytes as Buffer);
    else
      for await (const { stream, bytes } of frames(connection))
        await write(stream === 'stderr' ? stderr : stdout, bytes);
  } catch (error) {
    if (!isHangUp(error)) throw error;
  }
}

/** The command ended while something was still typed into it, or its connection was taken away. */
function isHangUp(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EPIPE' || code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE';
}

function write(to: Writable, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    to.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
