/** What the engine is asked to create for an instance. Pure. */
import { createHash } from 'node:crypto';
import type { ContainerCreateOptions, MountSettings } from 'dockerode';
import type { AdoptedVolume, InstanceSpec, StartRequest, TaskRequest } from '../../core/index.ts';
import { portKey } from '../shared/docker-image.ts';
import { labels, ownLabels } from '../shared/docker-labels.ts';
import { instanceLabels, taskLabels } from './instance-labels.ts';

/** What is the same for every container of an installation. */
export interface ContainerPlace {
  readonly installation: string;
  readonly namePrefix: string;
  readonly logDriver: 'json-file' | 'local';
  readonly logMaxSize: string;
  readonly logMaxFiles: number;
  /** Of a container whose site says nothing. Absent: as much as the host has. */
  readonly memoryMegabytes?: number | undefined;
  /** Of a container whose site says nothing. Absent: the kernel shares them out evenly. */
  readonly cpus?: number | undefined;
  /** The most processes and threads of a container whose site says nothing. */
  readonly processes: number;
  /** What root in a container may do, and no more. */
  readonly capabilities: readonly string[];
  /** Whether a program of the image may give itself more rights than whoever starts it (sudo, a setuid bit). */
  readonly newPrivileges: boolean;
}

/** The kernel takes no longer host name. */
const maxHostname = 63;

export function containerSpec(request: StartRequest, place: ContainerPlace): ContainerCreateOptions {
  const { spec } = request;
  const { HostConfig, ...rest } = commonSpec(request, place);
  return {
    name: containerName(request, place),
    ...rest,
    Labels: instanceLabels(request, place.installation),
    ExposedPorts: Object.fromEntries(spec.ports.map((port) => [portKey(port), {}])),
    HostConfig: { ...(spec.hostNetwork ? {} : { PortBindings: portBindings(request) }), ...HostConfig },
  };
}

/** A command instead of what the image starts, its entry point included; and no port. */
export function taskSpec(request: TaskRequest, place: ContainerPlace): ContainerCreateOptions {
  const { spec, deploy, command } = request;
  const [program = '', ...words] = command;
  return {
    name: containerName({ spec, deploy, index: 'task' }, place),
    ...commonSpec(request, place),
    Entrypoint: [program],
    Cmd: words,
    Labels: taskLabels(request, place.installation, false),
  };
}

/** A task that somebody is at: what is typed and shown is theirs, and the engine keeps no log of it. */
export function attendedSpec(
  request: TaskRequest,
  place: ContainerPlace,
  terminal: boolean,
): ContainerCreateOptions {
  const task = taskSpec(request, place);
  return {
    ...task,
    name: containerName({ ...request, index: 'run' }, place),
    Labels: taskLabels(request, place.installation, true),
    Tty: terminal,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: true,
    StdinOnce: true,
    HostConfig: { ...task.HostConfig, LogConfig: { Type: 'none', Config: {} } },
  };
}

type DataRequest = Pick<StartRequest, 'spec' | 'adoptedVolumes' | 'volumeOwner'>;

/** What instances and tasks of a spec have alike. */
function commonSpec(request: DataRequest, place: ContainerPlace) {
  const { spec } = request;
  return {
    Image: spec.image,
    Env: environment({ ...spec.environment, CONTAINER_NAME: spec.site }),
    ...(spec.hostname === undefined ? {} : { Hostname: hostname(spec.hostname) }),
    HostConfig: {
      // An instance comes back by itself only once it has proven itself: see keep.
      RestartPolicy: { Name: 'no' },
      Mounts: volumeMounts(request, place),
      ...hostAndPeers(spec),
      LogConfig: {
        Type: place.logDriver,
        Config: { 'max-size': place.logMaxSize, 'max-file': String(place.logMaxFiles) },
      },
      ...confinement(spec, place),
    },
  };
}

/** What keeps a container from the host and from what others need of it. */
function confinement(spec: InstanceSpec, place: ContainerPlace) {
  const { cpus = place.cpus, memoryLimit = bytes(place.memoryMegabytes) } = spec;
  return {
    CapDrop: ['ALL'],
    CapAdd: [...new Set([...place.capabilities, ...(spec.capabilities ?? [])])],
    ...(place.newPrivileges ? {} : { SecurityOpt: ['no-new-privileges'] }),
    PidsLimit: spec.processes ?? place.processes,
    ...(cpus === undefined ? {} : { NanoCpus: Math.round(cpus * 1e9) }),
    ...(memoryLimit === undefined ? {} : { Memory: memoryLimit }),
  };
}

function bytes(megabytes: number | undefined): number | undefined {
  return megabytes === undefined ? undefined : megabytes * 1024 * 1024;
}

/** Peers are told by id: a name could be somebody else's by now. */
function hostAndPeers({ links, volumesFrom, mounts, devices, hostNetwork }: InstanceSpec) {
  return {
    ...(hostNetwork ? { NetworkMode: 'host' } : {}),
    ...(devices ? { Devices: devices.map(device) } : {}),
    ...(links ? { Links: links.map(({ instance, alias }) => `${instance}:${alias}`) } : {}),
    ...(volumesFrom ? { VolumesFrom: volumesFrom.map(({ instance }) => instance) } : {}),
    ...(mounts ? { Binds: mounts.map(bind) } : {}),
  };
}

/** As `docker run -v`: the engine makes a folder of the host that is not there. */
function bind({ source, target, readOnly }: NonNullable<InstanceSpec['mounts']>[number]): string {
  return [source, target, ...(readOnly ? ['ro'] : [])].join(':');
}

function device({ source, target, rights }: NonNullable<InstanceSpec['devices']>[number]) {
  return { PathOnHost: source, PathInContainer: target, CgroupPermissions: rights };
}

/** A path that is mounted from the host is no volume's; one that was taken over is of the volume that was there. */
function volumeMounts(
  { spec, adoptedVolumes: adopted = [], volumeOwner = spec.site }: DataRequest,
  place: ContainerPlace,
): MountSettings[] {
  const { volumes, mounts = [] } = spec;
  const mounted = new Set(mounts.map(({ target }) => target));
  const known = adopted.filter(({ path }) => !mounted.has(path));
  const taken = new Set([...mounted, ...known.map(({ path }) => path)]);
  return [
    ...known.map(adoptedMount),
    ...volumes.filter((path) => !taken.has(path)).map((path) => volumeMount(volumeOwner, path, place)),
  ];
}

function adoptedMount({ name, path, readOnly }: AdoptedVolume): MountSettings {
  return { Type: 'volume', Source: name, Target: path, ...(readOnly ? { ReadOnly: true } : {}) };
}

/** The engine makes the volume, with these labels, where there is none of its name yet. */
function volumeMount(owner: string, path: string, place: ContainerPlace): MountSettings {
  const mount = {
    Type: 'volume',
    Source: volumeName(owner, path, place),
    Target: path,
    VolumeOptions: { Labels: { ...ownLabels(place.installation, owner), [labels.path]: path } },
  };
  // dockerode's types ask for fields that the engine fills in by itself.
  return mount as unknown as MountSettings;
}

export function containerName(
  { spec, deploy, index }: Pick<StartRequest, 'deploy'> & { spec: { site: string }; index: number | string },
  place: Pick<ContainerPlace, 'namePrefix'>,
): string {
  return `${place.namePrefix}-${spec.site}-${deploy}-${index}`;
}

/** The same path of the same owner, which is a site or was one, is the same volume in every release. */
export function volumeName(
  owner: string,
  path: string,
  place: Pick<ContainerPlace, 'installation' | 'namePrefix'>,
): string {
  const key = createHash('sha256').update(path).digest('hex').slice(0, 8);
  return `${place.namePrefix}-${place.installation}-${owner}-${key}`;
}

function environment(values: Readonly<Record<string, string>>): string[] {
  return Object.keys(values)
    .toSorted()
    .map((key) => `${key}=${values[key]}`);
}

/** A port may be bound more than once. */
function portBindings({ bindings }: StartRequest): Record<string, { HostIp: string; HostPort: string }[]> {
  const bound: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const binding of bindings) {
    const at = { HostIp: binding.hostAddress, HostPort: String(binding.hostPort) };
    bound[portKey(binding)] = [...(bound[portKey(binding)] ?? []), at];
  }
  return bound;
}

/** A domain longer than a host name may be is cut to its first label, which is at most 63 long itself. */
function hostname(domain: string): string {
  return domain.length <= maxHostname ? domain : (domain.split('.')[0] as string);
}
