/** The roles in memory with what the contract suites need to see of them. */
import type { BuilderFixture } from '../contracts/builder.ts';
import { freshSite, makeRelease } from '../contracts/fixture.ts';
import type { PublisherFixture } from '../contracts/publisher.ts';
import type { RegistrarFixture } from '../contracts/registrar.ts';
import type { RouterUnderTest } from '../contracts/router.ts';
import type { RuntimeFixture } from '../contracts/runtime.ts';
import type { StoreFixture } from '../contracts/store.ts';
import { memoryBuilder } from './memory-builder.ts';
import type { Behaviour } from './memory-machine.ts';
import { memoryPublisher } from './memory-publisher.ts';
import { memoryRegistrar } from './memory-registrar.ts';
import { memoryRouter } from './memory-router.ts';
import { memoryRuntime } from './memory-runtime.ts';
import { memoryStore } from './memory-store.ts';
import { memoryTree } from './memory-tree.ts';

const tree = (files: Record<string, string>) => ({ kind: 'tree', tree: memoryTree(files) }) as const;

/** The builder in memory with all that `builderContract` asks of a fixture. */
export async function builderFixture(): Promise<BuilderFixture> {
  const builder = memoryBuilder();
  return {
    builder,
    accepted: [
      {
        what: 'a Dockerfile with ports and a volume',
        source: tree({ Dockerfile: 'FROM scratch\nEXPOSE 8080 53/udp\nVOLUME /data\nEXPOSE 9090/tcp\n' }),
        image: {
          ports: [
            { port: 8080, protocol: 'tcp' },
            { port: 53, protocol: 'udp' },
            { port: 9090, protocol: 'tcp' },
          ],
          volumes: ['/data'],
        },
      },
      {
        what: 'a plain Dockerfile',
        source: tree({ Dockerfile: 'FROM scratch\n' }),
        image: { ports: [], volumes: [] },
      },
    ],
    declaring: [
      {
        what: 'a Dockerfile with a magic comment',
        source: tree({ Dockerfile: 'FROM scratch\n# ADD_NAME\n' }),
        options: { file: 'Dockerfile', addName: 2, links: [], mounts: [], hostPorts: [] },
      },
    ],
    refused: [
      { what: 'a tree without a Dockerfile', source: tree({ 'sub/Dockerfile': 'FROM scratch\n' }) },
      { what: 'a ready image', source: { kind: 'image', reference: 'busybox' } },
    ],
    failing: [{ what: 'a RUN that fails', source: tree({ Dockerfile: 'FROM scratch\nRUN exit 1\n' }) }],
    withArgument: tree({ Dockerfile: 'FROM scratch\nARG COLOUR\n' }),
    exists: async (id) => [...builder.images.values()].some((image) => image.id === id),
    dispose: async () => {},
  };
}

const image = (digit: string) => ({ id: `sha256:${digit.repeat(64)}`, ports: [], volumes: [] });

/** The publisher in memory with all that `publisherContract` asks of a fixture. */
export async function publisherFixture(): Promise<PublisherFixture> {
  const publisher = memoryPublisher();
  const site = freshSite();
  return {
    publisher,
    releases: [makeRelease(site, image('a')), makeRelease(site, image('b'), { number: 2 })],
    other: makeRelease(freshSite(), image('c')),
    digestOf: async (name) => publisher.published.get(name)?.split('@')[1],
    isHere: async (reference) => publisher.pulled.has(reference),
    forget: async () => {},
    dispose: async () => {},
  };
}

/** The registrar in memory with all that `registrarContract` asks of a fixture. */
export async function registrarFixture(): Promise<RegistrarFixture> {
  return { registrar: memoryRegistrar(), dispose: async () => {} };
}

/** The router in memory with all that `routerContract` asks of a fixture. */
export async function routerFixture(): Promise<RouterUnderTest> {
  const router = memoryRouter();
  return { router, request: (host, path) => router.request(host, path), dispose: async () => {} };
}

/** The store in memory with all that `storeContract` asks of a fixture. */
export async function storeFixture(): Promise<StoreFixture> {
  const store = memoryStore();
  return { store, reopen: async () => store.reopen(), dispose: () => store.close() };
}

const images = { serves: 'sha256:serves', ends: 'sha256:ends', lingers: 'sha256:lingers' };
const commands = { speaks: ['speaks'], lingers: ['lingers'], echoes: ['echoes'] };

/** The runtime in memory with all that `runtimeContract` asks of a fixture. */
export async function runtimeFixture(): Promise<RuntimeFixture> {
  const runtime = memoryRuntime(({ spec }): Behaviour => {
    switch (spec.image) {
      case images.serves:
        return {
          kind: 'answers',
          body: spec.environment['GREETING'] ?? '',
          port: 8080,
          stdout: ['listening'],
          stderr: ['warned'],
        };
      case images.ends:
        return {
          kind: 'exits',
          code: Number(spec.environment['EXIT_CODE']),
          stdout: ['one', 'two', 'three'],
        };
      default:
        return {
          kind: 'silent',
          stdout: ['ready'],
          farewell: ['ending', 'ended'],
          exec: answerTo(spec.environment['GREETING']),
        };
    }
  });
  runtime.behaveTasks(({ command, spec: { environment } }): Behaviour => {
    switch (command[0]) {
      case 'speaks':
        return {
          kind: 'exits',
          code: Number(environment['EXIT_CODE']),
          stdout: [environment['GREETING'] ?? ''],
          stderr: ['warned'],
        };
      case 'echoes':
        return { kind: 'echoes' };
      default:
        return { kind: 'silent', stdout: ['ready'], farewell: ['ending', 'ended'] };
    }
  });
  return {
    runtime,
    commands,
    another: runtime.another(),
    images,
    crash: (instance) => runtime.crash(instance),
    write: async (instance, volume, name, content) => void runtime.files(instance, volume).set(name, content),
    read: async (instance, volume, name) => runtime.files(instance, volume).get(name),
    dispose: () => runtime.dispose(),
  };
}

/** What the contract asks of a shell: a line of the environment and one on stderr, or many lines. */
function answerTo(greeting = ''): NonNullable<Behaviour['exec']> {
  return ([, , script]) =>
    script?.startsWith('seq')
      ? { exitCode: 0, lines: Array.from({ length: 20 }, (_, index) => String(index + 81)) }
      : { exitCode: 3, lines: [greeting, 'warned'] };
}
