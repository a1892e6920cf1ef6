/** One installation on the real engine of DOCKER_HOST, and everything of it gone again at the end. */
import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import Docker from 'dockerode';
import { pack } from 'tar-stream';
import {
  type BuildRequest,
  type Plugin,
  parseSiteName,
  type Roles,
  type SiteName,
  type StartRequest,
  type StepContext,
  type Tree,
} from '../../core/index.ts';

export const docker = new Docker();
export const baseImage = 'octohost/busybox:1';
export const site: SiteName = parseSiteName('app');

/** Eight hexadecimal digits that nobody else has. */
export function newInstallation(): string {
  return randomBytes(4).toString('hex');
}

/** What a plugin provides for an installation. */
export function provided<Role extends keyof Roles>(
  plugin: Plugin,
  role: Role,
  installation: string,
  environment: Record<string, string | undefined> = process.env,
): Roles[Role] {
  const found = new Map<string, unknown>();
  plugin.setup({
    installation: {
      id: async () => installation,
      adopted: async () => [],
      dataDir: '/nonexistent',
      http: { address: '127.0.0.1', port: 80 },
      https: { port: 443 },
      environment,
    },
    hooks: {} as never,
    part: () => {},
    provide: (name, provider) => void found.set(name, provider),
    told: async () => undefined,
    check: () => {},
    role: () => {
      throw new Error('no other role here');
    },
  });
  return found.get(role) as Roles[Role];
}

/** A context that keeps what is said. */
export function recorder(signal: AbortSignal = new AbortController().signal) {
  const lines: string[] = [];
  const warnings: string[] = [];
  const heard: (() => void)[] = [];
  const context: StepContext = {
    signal,
    output(line) {
      lines.push(line);
      for (const tell of heard) tell();
    },
    warn: (line) => void warnings.push(line),
  };
  /** Resolves when a line contains the text. */
  const said = (text: string) =>
    new Promise<void>((resolve) => {
      const look = () => lines.some((line) => line.includes(text)) && resolve();
      heard.push(look);
      look();
    });
  return { context, lines, warnings, said };
}

/** A tree of files by path; a folder's mode by its path with `/` at the end. */
export function treeOf(files: Record<string, string>, folderModes: Record<string, number> = {}): Tree {
  return {
    read: async (path) => (path in files ? Buffer.from(files[path] as string) : undefined),
    async tar() {
      const packed = pack();
      for (const [name, mode] of Object.entries(folderModes)) packed.entry({ name, mode, type: 'directory' });
      for (const [name, content] of Object.entries(files)) packed.entry({ name }, content);
      packed.finalize();
      return packed as unknown as Readable;
    },
  };
}

export function dockerfile(...lines: string[]): { Dockerfile: string } {
  return { Dockerfile: [`FROM ${baseImage}`, ...lines].join('\n') };
}

let count = 0;
/** Ids that differ within a run and between runs. */
export function newDeploy(): string {
  return `d${Date.now().toString(36)}x${++count}`;
}

/** Without the cache: what an earlier run has built would say nothing again. */
export function buildRequest(tree: Tree, more: Partial<BuildRequest> = {}): BuildRequest {
  return {
    site,
    deploy: newDeploy(),
    source: { kind: 'tree', tree },
    arguments: {},
    noCache: true,
    ...more,
  };
}

export function startRequest(
  image: string,
  spec: Partial<StartRequest['spec']> = {},
  more: Partial<Omit<StartRequest, 'spec'>> = {},
): StartRequest {
  return {
    spec: { site, image, environment: {}, ports: [], volumes: [], generation: 0, ...spec },
    digest: 'd1',
    release: 1,
    deploy: newDeploy(),
    index: 1,
    bindings: [],
    ...more,
  };
}

export { freePort } from '../contracts/free-port.ts';

/** Waits until the condition holds; fails after ten seconds, naming what was waited for. */
export async function until(what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Removes what carries an installation's label: containers, volumes, images. */
export async function sweep(installation: string): Promise<void> {
  const filters = { label: [`octohost.installation=${installation}`] };
  for (const { Id } of await docker.listContainers({ all: true, filters }))
    await docker.getContainer(Id).remove({ force: true, v: true });
  for (const { Name } of (await docker.listVolumes({ filters })).Volumes ?? [])
    await docker.getVolume(Name).remove();
  for (const { Id } of await docker.listImages({ filters }))
    await docker.getImage(Id).remove({ force: true });
}

/** What the engine answers; undefined where it says that there is no such thing. */
export async function unlessMissing<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}
