/** What a private instance has made, looked at past octohost's own commands. */
import type { ContainerInspectInfo, ImageInspectInfo } from 'dockerode';
import { expect } from 'vitest';
import { loadConfigFile } from '../../cli/config-file.ts';
import { connectDocker } from '../../cli/dev/docker-connection.ts';
import { openFromFile } from '../../cli/open-engine.ts';
import { assemble, type Providers } from '../../core/plugin.ts';
import type { InstanceService } from '../../core/release.ts';
import type { PrivateInstance } from './private-instance.ts';

export interface Inspection {
  /** Of one site or of all, running or not; oldest first. */
  containers(site?: string): Promise<ContainerInspectInfo[]>;
  /** The site's containers, once there are as many: old ones end after a push has returned. */
  settled(site: string, count: number): Promise<ContainerInspectInfo[]>;
  /** The site's container, once it is the only one. */
  only(site: string): Promise<ContainerInspectInfo>;
  /** Behind octohost's back. */
  removeContainer(id: string): Promise<void>;
  images(site?: string): Promise<ImageInspectInfo[]>;
  /** What the catalog has of a site's containers. */
  services(site: string): Promise<InstanceService[]>;
  /** The text under a key of the store. */
  stored(key: string): Promise<string | undefined>;
  /** Writes it there, as somebody else may. */
  store(key: string, value: string): Promise<void>;
}

/** Filters of the engine for what has these labels, and was made by one instance. */
export type OwnLabels = (...more: string[]) => { label: string[] };

/** The files of a suite share an engine, and other instances there have sites of the same name. */
export async function ownLabels({ instance }: Pick<PrivateInstance, 'instance'>): Promise<OwnLabels> {
  const engine = await openFromFile(instance.configFile);
  try {
    const label = `octohost.installation=${await engine.installation()}`;
    return (...more) => ({ label: [label, ...more] });
  } finally {
    await engine.close();
  }
}

export async function inspect(host: PrivateInstance): Promise<Inspection> {
  const { dockerHost, configFile } = host.instance;
  const docker = await connectDocker(dockerHost);
  const own = await ownLabels(host);
  const filters = (site?: string) => own(...(site ? [`octohost.site=${site}`] : []));
  const list = (site?: string) => docker.listContainers({ all: true, filters: filters(site) });
  const seen: Inspection = {
    async containers(site) {
      const all = await Promise.all((await list(site)).map(({ Id }) => docker.getContainer(Id).inspect()));
      return all.toSorted((a, b) => (a.Created < b.Created ? -1 : 1));
    },
    async settled(site, count) {
      await expect.poll(() => list(site), { timeout: 60_000, interval: 200 }).toHaveLength(count);
      return seen.containers(site);
    },
    async only(site) {
      const [container] = await seen.settled(site, 1);
      return container as ContainerInspectInfo;
    },
    removeContainer: (id) => docker.getContainer(id).remove({ force: true }),
    async images(site) {
      const found = await docker.listImages({ filters: filters(site) });
      return Promise.all(found.map(({ Id }) => docker.getImage(Id).inspect()));
    },
    services: (site) =>
      withProviders(configFile, async ({ registrar }) =>
        (await registrar.list()).flatMap((entry) =>
          entry.kind === 'instance' && entry.site === site ? [entry] : [],
        ),
      ),
    store: (key, value) =>
      withProviders(
        configFile,
        async ({ store }) => void (await store.transact([{ kind: 'set', key, value }])),
      ),
    stored: (key) => withProviders(configFile, async ({ store }) => (await store.get(key))?.value),
  };
  return seen;
}

async function withProviders<Answer>(
  configFile: string,
  ask: (providers: Providers) => Promise<Answer>,
): Promise<Answer> {
  const config = await loadConfigFile(configFile);
  const { providers } = assemble(config.plugins, {
    adopted: async () => [],
    id: () => Promise.reject(new Error('nothing is made here')),
    dataDir: config.dataDir,
    http: config.http,
    https: config.https,
    environment: { ...process.env, ...config.environment },
  });
  try {
    return await ask(providers);
  } finally {
    await providers.store.close();
  }
}

/** Ports of the host that lead to a container. */
export function portsOf({ NetworkSettings }: ContainerInspectInfo): string[] {
  return Object.values(NetworkSettings.Ports).flatMap(
    (bound) => bound?.map(({ HostPort }) => HostPort) ?? [],
  );
}
