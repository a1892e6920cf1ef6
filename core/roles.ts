/** The six roles. Each is a small interface; test/contracts/ holds the suite that every provider passes. */
import type { Readable, Writable } from 'node:stream';
import type { Foreign } from './foreign.ts';
import type { SiteName } from './grammar.ts';
import type {
  AdoptedVolume,
  DeclaredOptions,
  DeployId,
  Image,
  Instance,
  PortBinding,
  Release,
  Route,
  RunOptions,
  Service,
  Upstream,
} from './release.ts';
import type { Source } from './source.ts';

/** What the engine gives to every call of a step: when to stop, and where to tell what happens. */
export interface StepContext {
  /** Aborted on Ctrl-C and when the step's time is over. */
  readonly signal: AbortSignal;
  /** A line of output for the pusher: a build's line, a progress note. No newline at its end. */
  output(line: string): void;
  /** Something the pusher should know that stops nothing. */
  warn(line: string): void;
}

// --- builder ---------------------------------------------------------------------------------------------

/** What to build. `modifyBuild` taps may change it before the builder sees it. */
export interface BuildRequest {
  readonly site: SiteName;
  readonly deploy: DeployId;
  readonly source: Source;
  /** Build arguments (`ARG`), by name. */
  readonly arguments: Readonly<Record<string, string>>;
  /** True: use no cached layer. */
  readonly noCache: boolean;
}

/** What an image is known by. */
export type ImageName = Pick<Image, 'id' | 'tag'>;

/** An image that a builder made and has not let go of. */
export interface BuiltImage {
  readonly id: string;
  /** One for each deploy that built it: the same content has the same id. */
  readonly tag: string;
  readonly site: SiteName;
}

/** Turns a source into an image. Several may be installed: exactly one accepts a source. */
export interface Builder {
  /** What it builds, for people: `Dockerfile`. */
  readonly builds: string;
  accepts(source: Source): Promise<boolean>;
  /**
   * The run options that a source asks for, undefined for none; asked before anything is built. Throws with every
   * mistake at once.
   */
  declares(source: Source): Promise<DeclaredOptions | undefined>;
  build(request: BuildRequest, context: StepContext): Promise<Image>;
  /** Whether an image that this builder made is still there; false for images of others. */
  has(image: ImageName): Promise<boolean>;
  /** Lets go of an image that no release needs; other tags and running instances keep it alive. Absent is done. */
  discard(image: ImageName): Promise<void>;
  /** What this builder made, or adopted, for this installation and has not let go of, of one site or of all. */
  list(site?: SiteName): Promise<BuiltImage[]>;
  /** Absent where images stay on the engine that they are on. */
  readonly transfer?: ImageTransfer;
}

/** Takes images, whoever made them, to the engine of another host. */
export interface ImageTransfer {
  /**
   * Images by their content ids, without any name, in the engine's own format. Rejects where one of them is not here.
   */
  pack(ids: readonly string[], signal: AbortSignal): Promise<Readable>;
  /**
   * Takes in what `pack` gave, from whomever it comes: nothing gets a name by it, and what would give one is refused.
   * @param tar a new stream at each call
   */
  unpack(tar: () => Readable, context: StepContext): Promise<void>;
  /**
   * Keeps an image that is on the engine as if this builder had made it for that deploy. Returns its tag, the same for
   * the same; undefined where there is no such image.
   */
  adopt(image: { site: SiteName; deploy: DeployId; id: string }): Promise<string | undefined>;
}

// --- runtime ---------------------------------------------------------------------------------------------

/** Everything that makes one instance what it is; peers are told by the runtime's own ids. `modifySpec` taps may change it before it is started. */
export interface InstanceSpec extends Readonly<Omit<RunOptions, 'name'>> {
  readonly site: SiteName;
  /** The image's content id. */
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** One instance to start. */
export interface StartRequest {
  readonly spec: InstanceSpec;
  /** The spec digest; kept with the instance. */
  readonly digest: string;
  readonly release: number;
  readonly deploy: DeployId;
  /** 1, 2, 3 … within the deploy. */
  readonly index: number;
  /** One for each port of the spec, then the host ports that the instance has. */
  readonly bindings: readonly PortBinding[];
  /** What the site was taken over with, in the place of volumes of its own at these paths; absent for none. */
  readonly adoptedVolumes?: readonly AdoptedVolume[];
  /** The name that volumes of its own go by, where that is not its site's: the same path of the same owner is the same volume. */
  readonly volumeOwner?: string;
}

/** A command that is run once in an image. */
export interface TaskRequest {
  readonly spec: InstanceSpec;
  readonly deploy: DeployId;
  /** Program and arguments; the image's own entry point takes no part. */
  readonly command: readonly string[];
  /** As those of an instance. */
  readonly adoptedVolumes?: readonly AdoptedVolume[];
  readonly volumeOwner?: string;
}

/** A command that runs or has ended, as its labels tell. */
export interface Task extends Pick<Instance, 'id' | 'name' | 'site' | 'deploy'> {
  /** True: somebody is at it (`runAttended`), and no deploy waits for it. */
  readonly attended?: true;
}

/** What somebody who is at a command types and sees, byte by byte. None of the streams is ended or closed. */
export interface Streams {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Given where the command gets a terminal: then all that it writes goes to stdout. */
  readonly terminal?: Terminal;
}

/** A terminal that somebody sits at. */
export interface Terminal {
  /** In characters, as it is now. */
  size(): { readonly columns: number; readonly rows: number };
  /** Calls the listener at each change of its size. Returns the undoing. */
  onResize(listener: () => void): () => void;
}

/** How an instance or a task is, at the moment of asking. */
export interface InstanceState {
  readonly running: boolean;
  /** The process's start, ISO 8601: another value means another process. */
  readonly startedAt: string;
  readonly restarts: number;
  readonly exitCode?: number;
  /** True from `keep` on: the instance had proven itself. */
  readonly kept: boolean;
  readonly outOfMemory?: boolean;
  /** Where the instance itself is reached from this host, by the ports of the container; absent where it is not. */
  readonly address?: string;
  /** What the image's own health check says; absent where the image has none. */
  readonly health?: Health;
  /** True where somebody holds it still: it runs, and answers nothing. */
  readonly paused?: boolean;
  /** True where it has ended and the runtime is about to start it again by itself. */
  readonly returning?: boolean;
}

/** Something happened to an instance. Whoever hears it looks with `inspect`: by then more may have happened. */
export interface InstanceEvent extends Pick<Instance, 'id' | 'name' | 'site'> {
  /** In the runtime's own words, for people: `die`, `health_status: unhealthy`. */
  readonly what: string;
}

/** What the image's own health check says. */
export interface Health {
  readonly status: 'starting' | 'healthy' | 'unhealthy';
  /** What the check wrote when it last ran. */
  readonly lines: readonly string[];
}

/** How a command in an instance ended. */
export interface ExecResult {
  readonly exitCode: number;
  /** The last of what it wrote, of both streams. */
  readonly lines: readonly string[];
}

/** Which lines of a log, and whether to go on. */
export interface LogOptions {
  /** The last so many lines; all where left out. */
  tail?: number;
  /** Only lines that were written at this time or later; milliseconds since 1970. */
  since?: number;
  /** Go on until the signal aborts or the instance ends. */
  follow?: boolean;
}

/** One line that an instance wrote, without its line end. */
export interface LogLine {
  /** The instance's name. */
  readonly instance: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** Runs instances. It only ever sees, lists and stops what carries this installation's id. */
export interface Runtime {
  /**
   * Starts one instance; it does not come back by itself if it ends, until `keep`. When it throws, nothing is left
   * behind: `E_PORT_TAKEN` where a host port of the request is in use, `E_START_REFUSED` where trying again could change
   * nothing (no such image, a specification that cannot be); anything else is tried once more.
   */
  start(request: StartRequest, context: StepContext): Promise<Instance>;
  /**
   * Paths of the host that give whoever has them the host itself, such as a control socket: a mount that reaches one
   * takes a rule that names it.
   */
  readonly guardedPaths: readonly string[];
  /** From now on the instance comes back by itself after a crash or a reboot. Calling it twice is harmless. */
  keep(instance: Instance): Promise<void>;
  /** Another name, or with undefined the one it was started with. Throws E_NAME_TAKEN where something else has it. */
  rename(instance: Instance, name: string | undefined): Promise<void>;
  /**
   * Runs a command with all that an instance of the spec has but its ports. It does not come back by itself, and `list`
   * does not have it; `inspect`, `logs` and `stop` take it as they take an instance.
   */
  run(request: TaskRequest, context: StepContext): Promise<Task>;
  /**
   * The same with somebody at it, whose log is not kept. Returns its exit code once all that it wrote was passed on and
   * it is removed. When the signal aborts it is stopped with the grace period, and the call rejects.
   */
  runAttended(
    request: TaskRequest,
    streams: Streams,
    options: { graceSeconds: number },
    context: StepContext,
  ): Promise<number>;
  /** All of this installation's tasks, running or not, of one site or of all. */
  tasks(site?: SiteName): Promise<Task[]>;
  /** Undefined where the instance is gone. */
  inspect(instance: Task): Promise<InstanceState | undefined>;
  /** What is on the same engine, running or not, and was started by no octohost of today; labels tell. */
  foreign(): Promise<readonly Foreign[]>;
  /**
   * All of this installation's instances, running or not, of one site or of all; those that it took over
   * (`installation.adopted`) among them. What is taken over counts as kept.
   */
  list(site?: SiteName): Promise<Instance[]>;
  /**
   * The ids of those that run, paused ones too, in as few calls as a list: one that is about to be started again runs not. A
   * runtime that would have to ask for each leaves it out, and whoever wants to know asks `inspect`.
   */
  runningIds?(): Promise<ReadonlySet<Instance['id']>>;
  /**
   * Runs a command inside of the instance, as its user and with its environment; no shell takes part but one that the
   * command names. When the signal aborts it rejects; what runs in the instance may go on.
   */
  exec(instance: Instance, command: readonly string[], signal: AbortSignal): Promise<ExecResult>;
  /** The same with somebody at it. Returns its exit code once all that it wrote was passed on. */
  execAttended(
    instance: Instance,
    command: readonly string[],
    streams: Streams,
    signal: AbortSignal,
  ): Promise<number>;
  /** Asks the instance to end, waits up to the grace period, then ends it and removes it. Absent is done. */
  stop(instance: Task, options: { graceSeconds: number }): Promise<void>;
  logs(instance: Task, options: LogOptions, signal: AbortSignal): AsyncIterable<LogLine>;
  /**
   * Resolves once it listens: whatever from then on makes another answer of `inspect` or `list` is yielded. Ends when
   * the signal aborts; throws where nothing more can be heard.
   */
  watch(signal: AbortSignal): Promise<AsyncIterable<InstanceEvent>>;
  /** Names of the volumes that go by this name: that of a site, or another `volumeOwner`. */
  volumes(owner: string): Promise<string[]>;
  /** Absent is done; a volume that is not this installation's is refused. */
  removeVolume(name: string): Promise<void>;
}

// --- store -----------------------------------------------------------------------------------------------

/** A key of the store as it is. */
export interface StoreEntry {
  readonly key: string;
  readonly value: string;
  /** Grows with every change of any key in the store; never used twice. */
  readonly version: number;
}

/** What somebody wrote where octohost reads, and octohost cannot use. It is shown, and left as it is. */
export interface Unusable {
  /** A key of the store, or the id of a service. */
  readonly name: string;
  /** After "it": `is not Unicode text`. */
  readonly problem: string;
}

/** A condition: the key still has this version, or does not exist. */
export type Expectation = number | 'absent';

/** One step of a transaction; without `expect` it is done whatever the key holds. */
export type StoreOperation =
  | { readonly kind: 'set'; readonly key: string; readonly value: string; readonly expect?: Expectation }
  | { readonly kind: 'delete'; readonly key: string; readonly expect?: Expectation }
  | { readonly kind: 'check'; readonly key: string; readonly expect: Expectation };

/** All of a transaction, or nothing. */
export type TransactionResult =
  /** All operations were done; the version that they gave to what they set. */
  | { readonly done: true; readonly version: number }
  /** None was done; the keys whose condition did not hold. */
  | { readonly done: false; readonly conflicts: readonly string[] };

/** Settings and state. Keys are `/`-separated paths; values are UTF-8 text. */
export interface Store {
  get(key: string): Promise<StoreEntry | undefined>;
  /**
   * The entries of these keys, in any order; what is not there is left out, and what others wrote there that is no text: of
   * that `get` says what is wrong. A store that would have to ask for each leaves the method out, and whoever wants several
   * asks `get`.
   */
  getMany?(keys: readonly string[]): Promise<StoreEntry[]>;
  /** Entries whose key begins with the prefix, sorted by key: as they were at one moment. */
  list(prefix: string): Promise<StoreEntry[]>;
  /** What others wrote below the prefix that is no text: a list leaves it out, so that it hides no other. */
  unusable(prefix: string): Promise<Unusable[]>;
  /**
   * All or nothing, at least 60 operations and 400 KB; durable when it returns. Conditions are judged against what was
   * before the transaction, then the operations are done in order; no operation at all is done. A `set` of the value
   * that a key has already gives it the new version all the same.
   */
  transact(operations: readonly StoreOperation[]): Promise<TransactionResult>;
  /** Yields after changes below the prefix, several gathered into one; ends when the signal aborts. */
  watch(prefix: string, signal: AbortSignal): AsyncIterable<void>;
  close(): Promise<void>;
}

// --- registrar -------------------------------------------------------------------------------------------

/** A service in the catalog, and whether it answers its check. */
export type CatalogEntry = Service & {
  readonly health: 'passing' | 'critical' | 'unknown';
};

/** Writes the catalog. It only ever lists and deregisters what carries this installation's id. */
export interface Registrar {
  /** Registering the same service again changes nothing. */
  register(service: Service): Promise<void>;
  /** Absent is done. */
  deregister(id: string): Promise<void>;
  /** Sorted by id, each with every fact that was registered. Throws where the catalog cannot be read: an empty answer means empty. */
  list(site?: SiteName): Promise<CatalogEntry[]>;
  /**
   * What a list leaves out: of a site, services under its name that somebody else registered; of it or of all, those
   * that carry this installation's id and cannot be read.
   */
  unusable(site?: SiteName): Promise<Unusable[]>;
  watch(signal: AbortSignal): AsyncIterable<void>;
}

// --- router ----------------------------------------------------------------------------------------------

/** A site whose route the router cannot take, and why. */
export interface RefusedRoute {
  readonly site: SiteName;
  readonly error: Error;
}

/** Routes that were rendered and tested, and are not in force. */
export interface PreparedRoutes {
  /** Content key: equal generations are the same configuration. */
  readonly generation: string;
  readonly text: string;
  /**
   * In these routes they are as they are in force, or answer 503 where they never were. The engine refuses a change of
   * such a site, and goes on with all others.
   */
  readonly refused?: readonly RefusedRoute[];
}

/** Leads requests to instances. The engine makes sure that one apply runs at a time on a host. */
export interface Router {
  /**
   * What these routes would be in the router's own words, as text for people: rendered, neither written nor tested. In
   * an order of its own, so that equal routes give equal texts; without any secret. Asked for no routes while a push
   * still comes in.
   */
  render(routes: readonly Route[]): Promise<string>;
  /** Renders all routes and tests the result with the operator's own files. Changes nothing that serves. */
  prepare(routes: readonly Route[], context: StepContext): Promise<PreparedRoutes>;
  /** Whether `apply` of these would change nothing: it answers with this generation, and would after a restart. */
  isInForce(prepared: PreparedRoutes): Promise<boolean>;
  /**
   * Puts prepared routes in force and returns when they are confirmed: the router answers with this generation,
   * and nothing accepts new requests under an older one. Throws, with the old routes in force, otherwise.
   * Applying the generation that is in force changes nothing.
   */
  apply(prepared: PreparedRoutes, context: StepContext): Promise<void>;
  /**
   * Returns when none of these addresses, to which no route leads any more, is still answering a request that was
   * accepted under older routes; at the router's own limit; or when the signal aborts.
   */
  drained(addresses: readonly Upstream[], signal: AbortSignal): Promise<void>;
  /** False where it does not answer although routes were put in force: it was killed, say. Asked every second. */
  serves(): Promise<boolean>;
}

// --- publisher -------------------------------------------------------------------------------------------

/** Keeps the image of what serves in a registry. */
export interface Publisher {
  /** Moves the site's tag to the release's image; always last. Returns the reference by digest: `<registry>/<site>@sha256:…`. */
  publish(release: Release, context: StepContext): Promise<string>;
  /**
   * Fetches an image of the site to where the runtime finds it. Returns the reference by digest, which a deploy of a
   * ready image takes.
   * @param reference a tag, a digest or all of a reference; left out: what was published last. It comes from outside,
   *   and never means another site's image.
   */
  pull(site: SiteName, reference: string | undefined, context: StepContext): Promise<string>;
}

/** The provider of each role, by the role's name. */
export interface Roles {
  builder: Builder;
  runtime: Runtime;
  store: Store;
  registrar: Registrar;
  router: Router;
  publisher: Publisher;
}

/** The name of a role. */
export type RoleName = keyof Roles;

/** How many providers a role has. */
export const roleCounts: Readonly<Record<RoleName, 'one' | 'at most one' | 'at least one'>> = {
  builder: 'at least one',
  runtime: 'one',
  store: 'one',
  registrar: 'one',
  router: 'one',
  publisher: 'at most one',
};
