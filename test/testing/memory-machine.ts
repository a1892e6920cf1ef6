/** What runs on a pretended machine: processes that really listen on their host ports, or end, or keep silent. */
import { createServer, type Server } from 'node:http';
import {
  type ExecResult,
  errors,
  type Health,
  type Instance,
  type InstanceState,
  type LogLine,
  type StartRequest,
} from '../../core/index.ts';
import { type Changes, createChanges } from './changes.ts';

/** How the instances of an image behave. */
export type Behaviour = (
  | {
      readonly kind: 'answers';
      /** @default 200 */
      readonly status?: number;
      /** Left out: `<site> release <number>`. */
      readonly body?: string | ((request: StartRequest, path: string) => string);
      /** Port of the container that answers; on the others connections are closed. Left out: every one. */
      readonly port?: number;
      /** Milliseconds from the start until it answers; connections are closed until then. */
      readonly afterMs?: number;
    }
  | {
      readonly kind: 'exits';
      readonly code: number;
      /** Milliseconds from the start until it ends; 0 by default. */
      readonly afterMs?: number;
      readonly outOfMemory?: boolean;
    }
  /** Stays up and closes every connection unanswered. */
  | { readonly kind: 'silent' }
  /** Stays up, accepts connections and never answers. */
  | { readonly kind: 'hangs' }
  /** A command with somebody at it: writes what it reads to stdout, and ends with 0 when there is no more. */
  | { readonly kind: 'echoes' }
) & {
  /** Lines that it writes when it starts. */
  readonly stdout?: readonly string[];
  readonly stderr?: readonly string[];
  /** Lines that it still writes when it is asked to end. */
  readonly farewell?: readonly string[];
  /** What a command in it comes to. Left out: each one ends well. */
  readonly exec?: (command: readonly string[], request: StartRequest) => ExecResult;
  /** What the image's own health check says, whenever it is looked at. Left out: the image has none. */
  readonly health?: (request: StartRequest) => Health;
};

/** One instance and its process. */
export interface Process {
  /** Empty: of nobody that octohost knows. */
  installation: string;
  instance: Instance;
  readonly request: StartRequest;
  readonly behaviour: Behaviour;
  /** A command that is run once, and no instance. */
  readonly isTask: boolean;
  /** Somebody is at it. */
  readonly attended?: true;
  readonly lines: LogLine[];
  /** When each of the lines was written, in milliseconds since 1970. */
  readonly times: number[];
  readonly changes: Changes;
  /** Tells whoever watches the machine what happened to it. */
  readonly tell: (process: Process, what: string) => void;
  state: Omit<InstanceState, 'kept'>;
  kept: boolean;
  servers: Server[];
  exit?: NodeJS.Timeout;
}

let lastStart = 0;

/** Never the same twice: another start is another process. */
function startTime(): string {
  lastStart = Math.max(Date.now(), lastStart + 1);
  return new Date(lastStart).toISOString();
}

export function createProcess(
  facts: Pick<
    Process,
    'installation' | 'instance' | 'request' | 'behaviour' | 'isTask' | 'attended' | 'tell'
  >,
) {
  const process: Process = {
    ...facts,
    lines: [],
    times: [],
    changes: createChanges(),
    state: { running: false, startedAt: '', restarts: 0 },
    kept: false,
    servers: [],
  };
  return process;
}

/** Opens the process's ports and lets it behave. Throws E_PORT_TAKEN, with all ports closed again. */
export async function run(process: Process): Promise<void> {
  const { behaviour } = process;
  const began = Date.now();
  try {
    for (const { port, protocol, hostAddress, hostPort } of process.request.bindings)
      if (protocol === 'tcp') process.servers.push(await listen(process, began, port, hostAddress, hostPort));
  } catch (error) {
    await closePorts(process);
    throw error;
  }
  process.state = { running: true, startedAt: startTime(), restarts: process.state.restarts };
  process.tell(process, 'start');
  for (const text of behaviour.stdout ?? []) writeLine(process, 'stdout', text);
  for (const text of behaviour.stderr ?? []) writeLine(process, 'stderr', text);
  if (behaviour.kind !== 'exits') return;
  const { code, afterMs = 0, outOfMemory } = behaviour;
  process.exit = setTimeout(() => void end(process, code, outOfMemory), afterMs);
  process.exit.unref();
}

/** The process ends by itself; one that is kept comes back. */
export async function end(process: Process, exitCode: number, outOfMemory = false): Promise<void> {
  if (!process.state.running) return;
  const { startedAt, restarts } = process.state;
  process.state = { running: false, startedAt, restarts, exitCode, ...(outOfMemory ? { outOfMemory } : {}) };
  await halt(process);
  if (!process.kept) return;
  process.state = { ...process.state, restarts: restarts + 1 };
  // Whoever took its port meanwhile keeps it: the instance stays down.
  await run(process).catch(() => {});
}

/** The process is gone and does not come back. */
export async function halt(process: Process): Promise<void> {
  clearTimeout(process.exit);
  process.state = { ...process.state, running: false };
  await closePorts(process);
  process.changes.announce('end');
  process.tell(process, 'die');
}

/** The process is held still, or goes on. */
export function pause(process: Process, paused: boolean): void {
  const { paused: _, ...state } = process.state;
  process.state = paused ? { ...state, paused } : state;
  process.tell(process, paused ? 'pause' : 'unpause');
}

export function writeLine(process: Process, stream: LogLine['stream'], text: string): void {
  process.lines.push({ instance: process.instance.name, stream, text });
  process.times.push(Date.now());
  process.changes.announce('line');
}

async function listen(process: Process, began: number, port: number, hostAddress: string, hostPort: number) {
  const server = createServer((request, response) => {
    const { behaviour } = process;
    if (behaviour.kind !== 'answers') return;
    const { status = 200, body = defaultBody } = behaviour;
    const text = typeof body === 'string' ? body : body(process.request, request.url ?? '/');
    response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // As a forwarder does where nobody listens behind it: it accepts, and closes at once.
  server.on('connection', (socket) => {
    if (!listens(process.behaviour, port, Date.now() - began)) socket.destroy();
  });
  server.once('error', (cause: NodeJS.ErrnoException) =>
    reject(
      cause.code === 'EADDRINUSE'
        ? errors.E_PORT_TAKEN({ address: hostAddress, port: hostPort }, { cause })
        : cause,
    ),
  );
  server.listen(hostPort, hostAddress, resolve);
  await promise;
  server.unref();
  return server;
}

function listens(behaviour: Behaviour, port: number, elapsedMs: number): boolean {
  if (behaviour.kind !== 'answers') return behaviour.kind === 'hangs';
  return (behaviour.port ?? port) === port && elapsedMs >= (behaviour.afterMs ?? 0);
}

const defaultBody = ({ spec, release }: StartRequest) => `${spec.site} release ${release}\n`;

async function closePorts(process: Process): Promise<void> {
  const servers = process.servers.splice(0);
  await Promise.all(
    servers.map(
      (server) =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    ),
  );
}
