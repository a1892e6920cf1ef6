/**
 * What a deploy knows, rung by rung: Deployment → Received → Built → Started → Registered → Routed → Published.
 * Each rung adds facts and is frozen; a tap on `received` that reads `image` does not compile.
 */
import type { BranchRef, Domain, Revision, SettingKey, SiteName } from './grammar.ts';
import type { Source } from './source.ts';

/** Id of one attempt to make a release current: lower-case letters and digits, sorts by time. */
export type DeployId = string;

/** A port of a container. */
export interface Port {
  port: number;
  protocol: 'tcp' | 'udp';
}

/** A port of a container and the address of the host that leads to it; the host address is octohost's own. */
export interface PortBinding extends Port {
  hostAddress: string;
  hostPort: number;
}

/** What a builder made. */
export interface Image {
  /** The image's content id, `sha256:…`; what runs is started by it, never by a tag. */
  id: string;
  /** The tag that keeps the image from being pruned; absent for an image that is not ours. */
  tag?: string;
  /** In the order that matters: as the final stage EXPOSEs them, then what was inherited, by number. */
  ports: readonly Port[];
  /** Paths of the image's VOLUMEs. */
  volumes: readonly string[];
  /** The value of its variable CONSUL_TAGS. */
  serviceTags?: string;
}

/** What the catalog is told of a site's services. */
export interface ServiceOptions {
  readonly tags: readonly string[];
  /** Absent: none. */
  readonly check?: {
    /** Absent: the service's own address. */
    readonly url?: string;
    /** As CUSTOM_CHECK_INTERVAL has it: `15s`. */
    readonly interval: string;
    /** Bad answers in a row until the agent takes the service out of the routes; absent: 2. */
    readonly failures?: number;
    /** Good ones in a row until it is back; absent: 1. */
    readonly successes?: number;
  };
}

/** `# LINK_SERVICE svc [container]`: the service answers at this name inside of the linking container. */
export interface Link {
  readonly alias: string;
  /** The site that is linked to; absent: `<site>_<alias>`. */
  readonly container?: string;
  /** Where it is asked for, counted from 1. */
  readonly line: number;
}

/** `# MOUNT_FROM_HOST host [container]`: absolute, plain paths. */
export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly readOnly?: boolean;
  readonly line: number;
}

/** `# PORTS_FROM_HOST host container [address]`: a host port of the repository's own choice. */
export interface HostPort extends Readonly<PortBinding> {
  readonly line: number;
}

/** A device of the host, or a folder of them: absolute, plain paths below /dev. */
export interface Device {
  readonly source: string;
  readonly target: string;
  /** Some of `r`, `w` and `m`, in this order: read, write, make the node. */
  readonly rights: string;
}

/** What a repository asks for beside its image, with the lines where it does. */
export interface DeclaredOptions {
  /** Where the lines are, for people. */
  readonly file: string;
  readonly noHttpProxy?: number;
  readonly addName?: number;
  readonly volumesFrom?: number;
  readonly links: readonly Link[];
  readonly mounts: readonly Mount[];
  readonly hostPorts: readonly HostPort[];
}

/** Another site that instances are tied to, and the instance of it that they get. */
export interface Peer {
  readonly site: SiteName;
  /** The instance's id: another one makes other instances of these. */
  readonly instance: string;
}

/** How instances are run, apart from image and environment; part of the spec digest. */
export interface RunOptions {
  /** The port that the router leads to; absent where the site has no HTTP. */
  httpPort?: number;
  ports: readonly Port[];
  /** Paths that get a named volume of the site. */
  volumes: readonly string[];
  /** The last domain of the CNAME file. */
  hostname?: string;
  /** In bytes. */
  memoryLimit?: number;
  /** The most processes and threads; absent: as the runtime has it. */
  processes?: number;
  /** Processors; absent: all. */
  cpus?: number;
  /** Sites that are reached at a name inside of the instance. Absent for none, as all that follows. */
  links?: readonly (Peer & { readonly alias: string })[];
  /** Sites whose volumes the instances have too. */
  volumesFrom?: readonly Peer[];
  /** Paths of the host. */
  mounts?: readonly Omit<Mount, 'line'>[];
  /** Host ports of the repository's choice, beside octohost's own; one instance can have them. */
  hostPorts?: readonly PortBinding[];
  /** Linux capabilities beside those that the runtime gives, without CAP_. */
  capabilities?: readonly string[];
  /** Devices of the host. */
  devices?: readonly Device[];
  /** The host's network instead of one of its own; its ports are `hostPorts`. */
  hostNetwork?: true;
  /** What one instance is called once it serves; no part of the spec digest. */
  name?: string;
  /** Raised by `octo reload`: the same image and configuration, new instances. */
  generation: number;
}

/** A certificate with all of its chain and its key, as PEM texts. Secret: only the store and the router have it. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** What a site asks of the router; outside of the spec digest. What is left out is as the router has it. */
export interface RouteOptions {
  /** Requests by plain HTTP are sent on to https. */
  readonly httpsOnly?: boolean;
  /** Content key of the site's own certificate, which is kept apart. */
  readonly tls?: string;
  /** The largest body of a request; 0 is any. */
  readonly maxBodyBytes?: number;
  /** Seconds without a byte until a connection is closed. */
  readonly timeoutSeconds?: number;
  /** True: an answer is taken from the instance as fast as it comes and kept for a slow client. */
  readonly buffering?: boolean;
  /** True: each client stays with one instance. */
  readonly sticky?: boolean;
  /** The name of one of the operator's templates. */
  readonly template?: string;
}

/** What a repository says in its site file. */
export interface SiteConf {
  readonly site: SiteName;
  /** Absent where no branch is pushed. */
  readonly origin?: Origin;
  /** Options and environment variables, by the names and as the texts that they have as settings. */
  readonly values: Readonly<Record<string, string>>;
  /** Beside the default domain and those of the CNAME file. */
  readonly domains: readonly Domain[];
}

/** What a release keeps of it: all but the values. */
export interface DeclaredConf {
  /** The site file's name; absent where only plugins said something. */
  readonly file?: string;
  /** Content key (SHA-256) of the values. */
  readonly values: string;
  /** Where each of them stands; absent for those that a plugin said. */
  readonly lines: Readonly<Record<string, number>>;
  readonly domains: readonly Domain[];
  /** What it says to plugins of the installation, by their names; JSON, as it stands in the file. */
  readonly plugins?: Readonly<Record<string, unknown>>;
}

/** What a repository asks for in its own files. */
export interface Declared {
  /** The lines of its CNAME file. */
  readonly domains: readonly Domain[];
  /** Absent: nothing is said there. */
  readonly conf?: DeclaredConf;
  /** The command of `release` in its Procfile. */
  readonly releaseCommand?: string;
  /** What its builder found; absent where that declares nothing. */
  readonly options?: DeclaredOptions;
}

/** What is asked of a new instance; `healthcheck` is the image's own, `up` asks nothing. */
export type CheckKind = 'http' | 'tcp' | 'up' | 'healthcheck' | 'command';

/** HTTP statuses, both ends included. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

/** How a new instance proves itself. `checkOf` says what is meant where something is left out. */
export interface CheckOptions {
  /** Left out: by the ports. */
  readonly kind?: CheckKind;
  /** The port of the container that is asked. Left out: the routed one, or for `tcp` any that is exposed. */
  readonly port?: number;
  /** Of an HTTP request. */
  readonly path?: string;
  /** Left out: any. */
  readonly status?: readonly StatusRange[];
  /** A text that the body has to contain. */
  readonly body?: string;
  /** Words that are run inside of the instance; exit code 0 is good. */
  readonly command?: readonly string[];
  /** Seconds between one question and the next. Left out: less than one, and one for a command. */
  readonly intervalSeconds?: number;
  /** How many wrong answers in a row are asked again. Left out: as many as the time allows. */
  readonly retries?: number;
  /** Seconds until an instance that has not proven itself is given up. */
  readonly timeoutSeconds: number;
}

/** Who asked, in words for people: `key alice`, `key ci, signed by alice`, `root on host1`. `isSameActor` compares two. */
export type Actor = string;

/** Why a deploy was made; `stop` makes no release, all others do. */
export type Reason =
  | 'deploy'
  | 'scale'
  | 'configuration'
  | 'domains'
  | 'reload'
  | 'rollback'
  | 'start'
  | 'adopt'
  | 'clone'
  | 'rename'
  | 'stop';

/** The branch that a site is deployed from; the site remembers it. */
export interface Origin {
  /** The repository, by the name that it is pushed to. */
  readonly repository: SiteName;
  readonly ref: BranchRef;
}

/** The immutable, numbered record of what runs. The environment is kept apart, by its content key. */
export interface Release {
  readonly site: SiteName;
  /** 1, 2, 3 … for each site. */
  readonly number: number;
  readonly deploy: DeployId;
  readonly reason: Reason;
  readonly actor: Actor;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly revision?: Revision;
  /** Of the last push; absent for a site that was never pushed. */
  readonly origin?: Origin;
  /** What whoever deployed it says of it; one line. */
  readonly message?: string;
  /** The git tree or content hash that was built. */
  readonly tree?: string;
  readonly image: Image;
  /** Content key (SHA-256) of the environment. */
  readonly environment: string;
  /** Content key (SHA-256) of all settings that it was made with. */
  readonly settings: string;
  /** Of a rollback: the release whose content it has. */
  readonly back?: number;
  readonly run: RunOptions;
  /** Absent: nothing is asked of the router. */
  readonly route?: RouteOptions;
  /** What the repository itself asked for, kept for releases that are made without a push. */
  readonly declared: Declared;
  readonly count: number;
  readonly domains: readonly Domain[];
  readonly check: CheckOptions;
  /** Absent in releases of before: the tag `http` alone. */
  readonly service?: ServiceOptions;
  /** Seconds between the signal to end and the end, when an instance is stopped. */
  readonly graceSeconds: number;
  /** The spec digest: instances with it are interchangeable. */
  readonly spec: string;
}

/** One running copy, as its labels tell. */
export interface Instance {
  /** The runtime's own id. */
  readonly id: string;
  /** Readable and unique: carries site, deploy and index. */
  readonly name: string;
  readonly site: SiteName;
  readonly release: number;
  readonly deploy: DeployId;
  readonly spec: string;
  readonly bindings: readonly PortBinding[];
  /** Of one that was taken over after its end: it is complete as it is, and nothing takes its place. */
  readonly complete?: true;
}

/** A volume that somebody else made and that a site was taken over with: every instance has it at this path. */
export interface AdoptedVolume {
  readonly path: string;
  /** The runtime's own. */
  readonly name: string;
  readonly readOnly?: true;
}

/** An entry in the catalog, written by the registrar. */
export type Service = InstanceService | ByHandService;

interface ServiceFacts {
  /** `<site>-<address>-<port>`. */
  readonly id: string;
  readonly site: SiteName;
  readonly address: string;
  readonly port: number;
  readonly tags: readonly string[];
  /** How whoever keeps the catalog may check it. */
  readonly check?: { readonly http: string; readonly interval: string };
}

/** The service of an instance of ours: comes and goes with it. */
export interface InstanceService extends ServiceFacts {
  readonly kind: 'instance';
  readonly instance: string;
  readonly deploy: DeployId;
  /** The spec digest of its instance: says to which releases the service belongs. */
  readonly spec: string;
}

/** What somebody runs elsewhere, given to a site by `octo service:set`: belongs to no release and stays until it is taken away. */
export interface ByHandService extends ServiceFacts {
  readonly kind: 'by-hand';
  readonly actor: Actor;
  /** ISO 8601. */
  readonly since: string;
}

/** Where an instance takes requests, for a router. */
export interface Upstream {
  readonly address: string;
  readonly port: number;
}

/** Domains and the addresses that answer for them, and how requests are led there. */
export interface Route extends Omit<RouteOptions, 'tls'> {
  readonly site: SiteName;
  readonly domains: readonly Domain[];
  readonly upstreams: readonly Upstream[];
  /** The router answers with status 503 and a page by itself, and leads no request to the site. */
  readonly maintenance?: true;
  /** The site's own certificate. */
  readonly tls?: Certificate;
}

/** Settings of a site by key, environment included. */
export type Settings = Readonly<Record<SettingKey, string>>;

/** Facts of every deploy. */
export interface Deployment {
  readonly deploy: DeployId;
  readonly site: SiteName;
  readonly reason: Reason;
  readonly actor: Actor;
  readonly revision?: Revision;
  /** The release that served when this deploy began. */
  readonly previous?: Release;
}

/** A push or change was taken. */
export interface Received extends Deployment {
  readonly source: Source;
}

/** Its image is there. */
export interface Built extends Deployment {
  readonly image: Image;
}

/** Its instances run and have passed their check. */
export interface Started extends Built {
  readonly instances: readonly Instance[];
}

/** Their services are in the catalog. */
export interface Registered extends Started {
  readonly services: readonly InstanceService[];
}

/** The release is current from here on. */
export interface Routed extends Registered {
  readonly release: Release;
  /** Where the site answers, best first. */
  readonly urls: readonly string[];
}

/** The image is in the registry. */
export interface Published extends Deployment {
  readonly release: Release;
  /** What was pushed: `<registry>/<site>@sha256:…`. */
  readonly reference: string;
}

/** Instances of a site that serve no more and were stopped. */
export interface Retired {
  readonly site: SiteName;
  readonly instances: readonly Instance[];
}

/** A site that `octo remove` took away. */
export interface Removed {
  readonly site: SiteName;
  readonly actor: Actor;
  /** Those of the release that served last; empty where none did. */
  readonly domains: readonly Domain[];
  /** Names of the volumes that went with it; empty unless asked for. */
  readonly volumes: readonly string[];
}

/** A deploy that did not become current; the old release serves on. */
export interface Failed extends Deployment {
  readonly error: Error;
}

interface Ended extends Deployment {
  /** What ran, in order, with its wall time in milliseconds. */
  readonly steps: readonly { readonly step: string; readonly milliseconds: number }[];
}

/** A deploy that ended well: its release is current, with an address or without one. */
export interface SettledCurrent extends Ended {
  readonly outcome: 'current';
  readonly release: Release;
  /** Where the site answers, best first; empty for a site without an address. */
  readonly urls: readonly string[];
}

/** The end of every deploy, good or bad. */
export type Settled = SettledCurrent | (Ended & { readonly outcome: 'stopped' | 'failed' });
