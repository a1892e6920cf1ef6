/** Containers that no octohost of today started, as what could be taken over of them. */
import type Docker from 'dockerode';
import type { AdoptedVolume, Foreign, HostSide, PortBinding } from '../../core/index.ts';
import type { DockerClient } from '../shared/docker-client.ts';
import { statusOf } from '../shared/docker-errors.ts';
import { type InspectedImage, imageFacts } from '../shared/docker-image.ts';
import { labels } from '../shared/docker-labels.ts';

/** The part of the engine's description that is used. */
export interface InspectedContainer {
  readonly Id: string;
  readonly Name: string;
  readonly Image: string;
  readonly State: { readonly Running: boolean; readonly StartedAt: string };
  readonly Config: { readonly Env?: readonly string[] | null; readonly Hostname?: string };
  readonly HostConfig: HostSide & { readonly Memory?: number };
  readonly Mounts?:
    | readonly {
        readonly Type?: string;
        readonly Name?: string;
        readonly Destination: string;
        readonly RW?: boolean;
      }[]
    | null;
  readonly NetworkSettings?: {
    readonly Ports?: Readonly<
      Record<string, readonly { readonly HostIp?: string; readonly HostPort?: string }[] | null>
    > | null;
  };
}

export async function listForeign(client: DockerClient): Promise<Foreign[]> {
  return client.use(async (docker) => {
    const listed = await docker.listContainers({ all: true });
    const others = listed.filter(({ Labels }) => Labels?.[labels.installation] === undefined);
    const found = await Promise.all(others.map(({ Id }) => read(docker, Id)));
    return found.flat();
  });
}

/** Nothing for one that is gone meanwhile. */
async function read(docker: Docker, id: string): Promise<Foreign[]> {
  try {
    const container = (await docker.getContainer(id).inspect()) as unknown as InspectedContainer;
    const image = (await docker.getImage(container.Image).inspect()) as unknown as InspectedImage;
    return [foreignOf(container, image)];
  } catch (error) {
    if (statusOf(error) === 404) return [];
    throw error;
  }
}

/** Pure. */
export function foreignOf(container: InspectedContainer, image: InspectedImage): Foreign {
  const { Id, Name, State, Config, HostConfig, Mounts, NetworkSettings } = container;
  const ofImage = new Set(image.Config?.Env ?? []);
  const given = (Config.Env ?? []).filter((one) => !ofImage.has(one));
  const { Hostname = '' } = Config;
  return {
    id: Id,
    name: Name.replace(/^\//, ''),
    running: State.Running,
    startedAt: State.StartedAt,
    image: imageFacts(image),
    environment: Object.fromEntries(given.map(variable)),
    bindings: bindingsOf(NetworkSettings?.Ports ?? {}),
    ...(Hostname === '' || Id.startsWith(Hostname) ? {} : { hostname: Hostname }),
    ...(HostConfig.Memory ? { memoryLimit: HostConfig.Memory } : {}),
    volumes: volumesOf(Mounts ?? []),
    host: HostConfig,
  };
}

function volumesOf(mounts: NonNullable<InspectedContainer['Mounts']>): AdoptedVolume[] {
  return mounts.flatMap(({ Type, Name, Destination: path, RW }) =>
    Type === 'volume' && Name ? [{ path, name: Name, ...(RW === false ? { readOnly: true } : {}) }] : [],
  );
}

function variable(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function bindingsOf(ports: NonNullable<NonNullable<InspectedContainer['NetworkSettings']>['Ports']>) {
  return Object.entries(ports).flatMap(([key, bound]) => {
    const [, port, protocol] = /^(\d{1,5})\/(tcp|udp)$/.exec(key) ?? [];
    if (!port) return [];
    return (bound ?? []).map(
      ({ HostIp = '', HostPort = '' }): PortBinding => ({
        port: Number(port),
        protocol: protocol as PortBinding['protocol'],
        hostAddress: HostIp === '' ? '0.0.0.0' : HostIp,
        hostPort: Number(HostPort),
      }),
    );
  });
}
