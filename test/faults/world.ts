/** Looks at everything of one installation: the engine's things, the store, files, refs, and what its sites answer. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type Docker from 'dockerode';
import { connectDocker } from '../../cli/dev/docker-connection.ts';
import type { Store } from '../../core/index.ts';
import { createEmbeddedStore } from '../../plugins/embedded-store/store.ts';
import { type PrivateInstance, ran } from '../helpers/private-instance.ts';
import type { Found } from './facts.ts';

/** Looks at the same installation again and again. */
export interface Observer {
  look(sites: readonly string[]): Promise<Found>;
  /** Whether nothing is to be ended and no process that lives holds a lease. */
  isIdle(): Promise<boolean>;
  close(): Promise<void>;
}

export async function openObserver(host: PrivateInstance): Promise<Observer> {
  const dataDir = join(host.home, 'data');
  const docker = await connectDocker(host.instance.dockerHost);
  const store = createEmbeddedStore(join(dataDir, 'store.sqlite'));
  const installation = (await store.get('octohost-state/installation'))?.value;
  const filters = { label: [`octohost.installation=${installation}`] };
  return {
    async look(sites) {
      const [containers, images, volumes, networks] = await Promise.all([
        containersOf(docker, filters),
        docker.listImages({ filters }),
        docker.listVolumes({ filters }),
        docker.listNetworks({ filters }),
      ]);
      return {
        containers,
        images: images.map(({ Id, RepoTags }) => ({ id: Id, tags: RepoTags ?? [] })),
        volumes: volumes.Volumes.map(({ Name }) => Name),
        networks: networks.map(({ Name }) => Name),
        store: await entriesOf(store),
        files: await filesBelow(dataDir),
        refs: await refsBelow(join(dataDir, 'repositories')),
        published: await contentsOf(join(host.home, 'published')),
        served: Object.fromEntries(
          await Promise.all(sites.map(async (site) => [site, answerOf(await host.get(site))] as const)),
        ),
      };
    },
    async isIdle() {
      const [retiring, leases] = await Promise.all([
        store.list('octohost-state/retiring/'),
        store.list('octohost-state/leases/'),
      ]);
      const holders = leases.map(({ value }) => /"pid":(\d+)/.exec(value)?.[1]);
      return retiring.length === 0 && !holders.some((pid) => pid !== undefined && existsSync(`/proc/${pid}`));
    },
    close: () => store.close(),
  };
}

/** What somebody who asks sees: the page, or that there is none. Pure. */
export function answerOf({ status, body }: { status: number; body: string }): string {
  return status === 200 ? body : String(status);
}

async function containersOf(docker: Docker, filters: { label: string[] }): Promise<Found['containers']> {
  const listed = await docker.listContainers({ all: true, filters });
  const found = await Promise.all(
    listed.map(async ({ Id }) => {
      const { Name, Config, State, HostConfig } = await docker.getContainer(Id).inspect();
      const bound = Object.values(
        (HostConfig.PortBindings ?? {}) as Record<string, { HostIp: string; HostPort: string }[]>,
      );
      return {
        id: Id,
        name: Name.slice(1),
        labels: Config.Labels,
        state: State.Status,
        restart: HostConfig.RestartPolicy?.Name ?? '',
        bound: bound.flat().map(({ HostIp, HostPort }) => `${HostIp}:${HostPort}`),
      };
    }),
  );
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function entriesOf(store: Store): Promise<Found['store']> {
  const all = await Promise.all(['octohost/', 'octohost-state/'].map((prefix) => store.list(prefix)));
  return all.flat().map(({ key, value }) => ({ key, value }));
}

/** With the text of what the router reads: it is what serves. */
async function filesBelow(dataDir: string): Promise<Found['files']> {
  const found = await readdir(dataDir, { recursive: true, withFileTypes: true });
  const files = await Promise.all(
    found
      .filter(
        (entry) => !entry.isDirectory() || entry.name.startsWith('.new-') || entry.name.startsWith('tmp_'),
      )
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        const name = relative(dataDir, path);
        const isRead = entry.isFile() && /^nginx\/(?!logs|temp|nginx\.pid)/.test(name);
        return [name, isRead ? await readFile(path, 'utf8').catch(() => undefined) : undefined] as const;
      }),
  );
  return Object.fromEntries(files);
}

async function refsBelow(folder: string): Promise<Found['refs']> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith('.'));
  const refs = await Promise.all(
    names.map(async (name) => {
      const words = ['-C', join(folder, name), 'for-each-ref', '--format=%(refname) %(objectname)'];
      const lines = (await ran('git', words)).stdout
        .trim()
        .split('\n')
        .filter((line) => line !== '');
      return [
        name.replace(/\.git$/, ''),
        Object.fromEntries(lines.map((line) => line.split(' ') as [string, string])),
      ] as const;
    }),
  );
  return Object.fromEntries(refs);
}

async function contentsOf(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder).catch(() => []);
  const texts = names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const);
  return Object.fromEntries(await Promise.all(texts));
}
