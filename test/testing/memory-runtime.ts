/** The role runtime in memory. Host ports are really listened on, so that the engine's own checks work. */
import { randomBytes } from 'node:crypto';
import {
  errors,
  type Foreign,
  type Instance,
  type InstanceEvent,
  type LogLine,
  type LogOptions,
  type Runtime,
  type SiteName,
  type StartRequest,
  type StepContext,
  type Task,
  type TaskRequest,
} from '../../core/index.ts';
import { attend } from './memory-attended.ts';
import {
  type Behaviour,
  createProcess,
  end,
  halt,
  type Process,
  pause,
  run,
  writeLine,
} from './memory-machine.ts';
import { type Observed, observe } from './observe.ts';

export type Rule = Behaviour | ((request: StartRequest) => Behaviour | undefined);

export type TaskRule = Behaviour | ((request: TaskRequest) => Behaviour | undefined);

export type MemoryRuntime = Observed<Runtime> & {
  /**
   * How instances that start from now on behave; the latest rule that gives a behaviour wins. At first all answer.
   * @example runtime.behave(({ spec }) => spec.image === bad ? { kind: 'exits', code: 1 } : undefined)
   */
  behave(rule: Rule): void;
  /** The same of tasks; at first all end with 0 at once. */
  behaveTasks(rule: TaskRule): void;
  /** The process ends by itself with this code, 1 by default; an instance that is kept comes back. */
  crash(instance: Task, exitCode?: number): Promise<void>;
  /** Somebody ends it for good: it stays there, and does not come back by itself. */
  kill(instance: Task): Promise<void>;
  /** Somebody holds it still, or lets it go on. */
  pause(instance: Task, paused: boolean): void;
  /** The instance's health check has something else to say than before. */
  healthChanged(instance: Task): void;
  /** The machine's engine goes away: whoever listens hears no more. */
  hangUp(error: Error): void;
  /** Everything ends at once; what is kept comes back. */
  reboot(): Promise<void>;
  /**
   * Somebody runs a container without octohost, as the original did, and it answers at its bindings; one that is not
   * `running` has ended with 137. What is left out is as `docker run` has it.
   */
  stranger(
    facts: Pick<Foreign, 'name' | 'image'> & Partial<Foreign>,
    behaviour?: Behaviour,
  ): Promise<Foreign>;
  /** Whom to ask for what was taken over. */
  knowAdopted(ask: () => Promise<readonly Instance[]>): void;
  /** Somebody removes the instance behind octohost's back. */
  vanish(instance: Instance): Promise<void>;
  /** The instance writes a line to its log. */
  print(instance: Task, text: string, stream?: LogLine['stream']): void;
  /** The files of the volume that an instance has at a path by name, to read and to change. */
  files(instance: Instance, path: string): Map<string, string>;
  /** A runtime of another installation on the same machine. */
  another(): MemoryRuntime;
  /** Ends everything on the machine. */
  dispose(): Promise<void>;
};

interface Volume {
  readonly installation: string;
  readonly owner: string;
  readonly path: string;
  readonly files: Map<string, string>;
}

type Listener = (
  happened: { readonly process: Process; readonly what: string } | { readonly error: Error },
) => void;

interface Machine {
  readonly strangers: Map<string, Foreign>;
  readonly listeners: Set<Listener>;
  readonly processes: Map<string, Process>;
  readonly volumes: Map<string, Volume>;
  readonly rules: Rule[];
  readonly taskRules: TaskRule[];
}

/** @param rule how instances behave; more can be said with `behave` */
export function memoryRuntime(rule: Rule = { kind: 'answers' }): MemoryRuntime {
  return onMachine({
    strangers: new Map(),
    listeners: new Set(),
    processes: new Map(),
    volumes: new Map(),
    rules: [rule],
    taskRules: [],
  });
}

function onMachine(machine: Machine): MemoryRuntime {
  const installation = randomBytes(4).toString('hex');
  const ours = (instance: Task): Process | undefined => {
    const process = machine.processes.get(instance.id);
    return process?.installation === installation ? process : undefined;
  };
  const existing = (instance: Task): Process => {
    const process = ours(instance);
    if (!process) throw new Error(`There is no instance ${instance.name}.`);
    return process;
  };
  const all = () => [...machine.processes.values()];
  let adopted: () => Promise<readonly Instance[]> = async () => [];
  /** What was taken over is known by its record alone. */
  const claim = async () => {
    // An engine that was closed has nothing new to tell.
    for (const instance of await adopted().catch(() => [])) {
      const process = machine.processes.get(instance.id);
      if (process?.installation !== '') continue;
      process.installation = installation;
      process.instance = instance;
      process.kept = true;
    }
  };
  return {
    ...observe(createRuntime(machine, installation, ours, claim), ['logs']),
    stranger: (facts, behaviour) => startStranger(machine, facts, behaviour),
    knowAdopted: (ask) => {
      adopted = ask;
    },
    async kill(instance) {
      const process = existing(instance);
      const { kept } = process;
      process.kept = false;
      await end(process, 137);
      process.kept = kept;
    },
    pause: (instance, paused) => pause(existing(instance), paused),
    healthChanged: (instance) => tell(machine, existing(instance), 'health_status'),
    hangUp(error) {
      for (const listener of machine.listeners) listener({ error });
    },
    behave: (rule) => void machine.rules.unshift(rule),
    behaveTasks: (rule) => void machine.taskRules.unshift(rule),
    crash: (instance, exitCode = 1) => end(existing(instance), exitCode),
    async reboot() {
      await Promise.all(all().map((process) => end(process, 137)));
    },
    vanish: (instance) => removeProcess(machine, existing(instance)),
    print: (instance, text, stream = 'stdout') => writeLine(existing(instance), stream, text),
    files(instance, path) {
      const { volumeOwner: owner = instance.site } = existing(instance).request;
      const volume = machine.volumes.get(volumeName(installation, owner, path));
      if (!volume) throw new Error(`The instance ${instance.name} has no volume at ${path}.`);
      return volume.files;
    },
    another: () => onMachine(machine),
    async dispose() {
      await Promise.all(all().map((process) => removeProcess(machine, process)));
    },
  };
}

function createRuntime(
  machine: Machine,
  installation: string,
  ours: (instance: Task) => Process | undefined,
  claim: () => Promise<void>,
): Runtime {
  const own = (isTask: boolean, site: SiteName | undefined) =>
    [...machine.processes.values()]
      .filter((process) => process.installation === installation && process.isTask === isTask)
      .filter(({ instance }) => site === undefined || instance.site === site);
  return {
    guardedPaths: ['/run/memory.sock'],
    async rename(instance, wanted) {
      const process = ours(instance);
      if (!process) throw new Error(`There is no instance ${instance.name}.`);
      const name = wanted ?? nameOf(process.request);
      if (process.instance.name !== name) refuseTaken(machine, name);
      process.instance = { ...process.instance, name };
    },
    start: (request, { signal }) => start(machine, installation, request, signal),
    foreign: async () =>
      [...machine.strangers.values()].flatMap((one) => {
        const process = machine.processes.get(one.id);
        return process ? [{ ...one, running: process.state.running }] : [];
      }),
    async keep(instance) {
      await claim();
      const process = ours(instance);
      if (!process) throw new Error(`There is no instance ${instance.name}.`);
      process.kept = true;
    },
    async inspect(instance) {
      await claim();
      const process = ours(instance);
      const health = process?.behaviour.health?.(process.request);
      return process && { ...process.state, kept: process.kept, ...(health ? { health } : {}) };
    },
    async exec(instance, command, signal) {
      signal.throwIfAborted();
      const process = ours(instance);
      if (!process?.state.running) throw new Error(`The instance ${instance.name} does not run.`);
      return process.behaviour.exec?.(command, process.request) ?? { exitCode: 0, lines: [] };
    },
    async list(site) {
      await claim();
      return own(false, site).map(({ instance }) => instance);
    },
    async runningIds() {
      await claim();
      const running = own(false, undefined).filter(({ state }) => state.running);
      return new Set(running.map(({ instance }) => instance.id));
    },
    run: async (request, context) => taskOf(await runTask(machine, { installation }, request, context)),
    async runAttended(request, streams, _options, context) {
      const process = await runTask(machine, { installation, attended: true }, request, context);
      const stop = () => sayFarewell(machine, process);
      try {
        return await attend(process, streams, stop, context.signal);
      } finally {
        await removeProcess(machine, process);
      }
    },
    async execAttended(instance, command, streams, signal) {
      signal.throwIfAborted();
      const host = ours(instance);
      if (!host?.state.running) throw new Error(`The instance ${instance.name} does not run.`);
      const { spec, deploy } = host.request;
      const behaviour = behaviourOf(machine.taskRules, { spec, deploy, command });
      const process = createProcess({
        installation,
        request: { ...host.request, bindings: [] },
        behaviour: behaviour ?? { kind: 'exits', code: 0 },
        isTask: true,
        instance: host.instance,
        tell: () => {},
      });
      await run(process);
      return attend(process, streams, () => halt(process), signal);
    },
    tasks: async (site) => own(true, site).map(taskOf),
    async stop(instance) {
      await claim();
      const process = ours(instance);
      if (process) await sayFarewell(machine, process);
    },
    logs: (instance, options, signal) => readLines(ours(instance), options, signal),
    watch: async (signal) => watchMachine(machine, installation, signal),
    volumes: async (owner) =>
      [...machine.volumes]
        .filter(([, volume]) => volume.installation === installation && volume.owner === owner)
        .map(([name]) => name),
    async removeVolume(name) {
      const volume = machine.volumes.get(name);
      if (volume && volume.installation !== installation)
        throw new Error(`The volume ${name} belongs to another installation.`);
      machine.volumes.delete(name);
    },
  };
}

async function start(machine: Machine, installation: string, request: StartRequest, signal: AbortSignal) {
  const behaviour = behaviourOf(machine.rules, request) ?? { kind: 'answers' };
  return (await startProcess(machine, { installation, request, behaviour, isTask: false }, signal)).instance;
}

async function startStranger(
  machine: Machine,
  { name, image, ...facts }: Pick<Foreign, 'name' | 'image'> & Partial<Foreign>,
  behaviour: Behaviour = { kind: 'answers', body: `${name} of before` },
): Promise<Foreign> {
  const spec = {
    site: name as SiteName,
    image: image.id,
    environment: {},
    ports: [],
    volumes: [],
    generation: 1,
  };
  const bindings = facts.bindings ?? [];
  const request: StartRequest = { spec, digest: '', release: 0, deploy: '', index: 0, bindings };
  const id = randomBytes(32).toString('hex');
  const process = createProcess({
    installation: '',
    request,
    behaviour,
    isTask: false,
    instance: { id, name, site: spec.site, release: 0, deploy: '', spec: '', bindings },
    tell: (one, what) => tell(machine, one, what),
  });
  machine.processes.set(id, process);
  await run(process);
  if (facts.running === false) await end(process, 137);
  const { startedAt } = process.state;
  const stranger: Foreign = {
    id,
    name,
    image,
    running: true,
    startedAt,
    environment: {},
    volumes: [],
    host: {},
    ...facts,
    bindings,
  };
  machine.strangers.set(id, stranger);
  return stranger;
}

async function runTask(
  machine: Machine,
  owner: Pick<Process, 'installation' | 'attended'>,
  request: TaskRequest,
  { signal }: StepContext,
): Promise<Process> {
  const { deploy } = request;
  const behaviour = behaviourOf(machine.taskRules, request) ?? { kind: 'exits', code: 0 };
  const spec = { ...request.spec, ports: [] };
  const { adoptedVolumes, volumeOwner } = request;
  const data = { ...(adoptedVolumes ? { adoptedVolumes } : {}), ...(volumeOwner ? { volumeOwner } : {}) };
  const asStart: StartRequest = { ...data, spec, digest: '', release: 0, deploy, index: 0, bindings: [] };
  return startProcess(machine, { ...owner, request: asStart, behaviour, isTask: true }, signal);
}

function taskOf({ instance: { id, name, site, deploy }, attended }: Process): Task {
  return { id, name, site, deploy, ...(attended ? { attended } : {}) };
}

async function sayFarewell(machine: Machine, process: Process): Promise<void> {
  for (const text of process.behaviour.farewell ?? []) writeLine(process, 'stdout', text);
  await removeProcess(machine, process);
}

async function startProcess(
  machine: Machine,
  facts: Pick<Process, 'installation' | 'request' | 'behaviour' | 'isTask' | 'attended'>,
  signal: AbortSignal,
): Promise<Process> {
  signal.throwIfAborted();
  const { installation, request } = facts;
  const { spec, digest, release, deploy, bindings } = request;
  const { site } = spec;
  const name = facts.isTask ? `${site}-${deploy}-${facts.attended ? 'run' : 'task'}` : nameOf(request);
  refuseTaken(machine, name);
  for (const peer of [...(spec.links ?? []), ...(spec.volumesFrom ?? [])])
    if (!machine.processes.has(peer.instance)) throw new Error(`There is no instance of ${peer.site}.`);
  const instance: Instance = {
    id: randomBytes(32).toString('hex'),
    name,
    site,
    release,
    deploy,
    spec: digest,
    bindings,
  };
  const process = createProcess({
    ...facts,
    instance,
    tell: (one, what) => tell(machine, one, what),
  });
  machine.processes.set(instance.id, process);
  try {
    await run(process);
    signal.throwIfAborted();
  } catch (error) {
    await removeProcess(machine, process);
    throw error;
  }
  const adopted = new Set(request.adoptedVolumes?.map(({ path }) => path));
  const { volumeOwner: owner = site } = request;
  for (const path of spec.volumes.filter((one) => !adopted.has(one)))
    makeVolume(machine, { installation, owner, path, files: new Map() });
  return process;
}

function nameOf({ spec, deploy, index }: StartRequest): string {
  return `${spec.site}-${deploy}-${index}`;
}

function refuseTaken(machine: Machine, name: string): void {
  if ([...machine.processes.values()].some(({ instance }) => instance.name === name))
    throw errors.E_NAME_TAKEN({ name });
}

function behaviourOf<Request>(
  rules: readonly (Behaviour | ((request: Request) => Behaviour | undefined))[],
  request: Request,
): Behaviour | undefined {
  for (const rule of rules) {
    const behaviour = typeof rule === 'function' ? rule(request) : rule;
    if (behaviour) return behaviour;
  }
  return undefined;
}

async function removeProcess(machine: Machine, process: Process): Promise<void> {
  machine.processes.delete(process.instance.id);
  process.kept = false;
  await halt(process);
  tell(machine, process, 'destroy');
}

function tell(machine: Machine, process: Process, what: string): void {
  for (const listener of machine.listeners) listener({ process, what });
}

/** What happened while nobody asked waits in line. */
function watchMachine(
  machine: Machine,
  installation: string,
  signal: AbortSignal,
): AsyncIterable<InstanceEvent> {
  const waiting: InstanceEvent[] = [];
  let broken: Error | undefined;
  let wake = () => {};
  const listener: Listener = (happened) => {
    if ('error' in happened) broken = happened.error;
    else if (happened.process.installation === installation && !happened.process.isTask) {
      const { id, name, site } = happened.process.instance;
      waiting.push({ id, name, site, what: happened.what });
    }
    wake();
  };
  machine.listeners.add(listener);
  const stop = () => wake();
  signal.addEventListener('abort', stop, { once: true });
  return (async function* () {
    try {
      while (!signal.aborted) {
        const next = waiting.shift();
        if (next) yield next;
        else if (broken) throw broken;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      signal.removeEventListener('abort', stop);
      machine.listeners.delete(listener);
    }
  })();
}

function volumeName(installation: string, owner: string, path: string): string {
  return `octohost-${installation}-${owner}${path.replaceAll('/', '.')}`;
}

function makeVolume(machine: Machine, volume: Volume): void {
  const name = volumeName(volume.installation, volume.owner, volume.path);
  if (!machine.volumes.has(name)) machine.volumes.set(name, volume);
}

async function* readLines(
  process: Process | undefined,
  { tail, since = 0, follow = false }: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  if (!process) return;
  const changed = process.changes.watch(() => true, signal)[Symbol.asyncIterator]();
  let next = tail === undefined ? 0 : Math.max(0, process.lines.length - tail);
  try {
    for (;;) {
      for (; next < process.lines.length && !signal.aborted; next++)
        if ((process.times[next] ?? 0) >= since) yield process.lines[next] as LogLine;
      if (!follow || !process.state.running || signal.aborted) return;
      await changed.next();
    }
  } finally {
    await changed.return?.();
  }
}
