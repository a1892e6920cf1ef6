import { extract, pack } from 'tar-stream';
import { expect } from 'vitest';
import type { Instance } from '../../core/index.ts';
import { dockerfileBuilder } from '../../plugins/dockerfile-builder/index.ts';
import { imageBuilder } from '../../plugins/image-builder/index.ts';
import { registryPublisher } from '../../plugins/registry-publisher/index.ts';
import { type BuilderFixture, builderContract } from '../contracts/builder.ts';
import { freshSite, makeRelease, stepContext } from '../contracts/fixture.ts';
import { publisherContract } from '../contracts/publisher.ts';
import { type RuntimeFixture, runtimeContract } from '../contracts/runtime.ts';
import { startImageRegistry } from './image-registry.ts';
import {
  baseImage,
  buildRequest,
  docker,
  dockerfile,
  newInstallation,
  provided,
  sweep,
  treeOf,
  unlessMissing,
} from './lab.ts';
import { runtimeLab } from './runtime-lab.ts';

const lingering =
  'trap "echo ending; sleep 1; echo ended; exit 0" TERM; echo ready; while :; do sleep 0.1; done';

runtimeContract('dockerRuntime', async (): Promise<RuntimeFixture> => {
  const installation = newInstallation();
  const stranger = newInstallation();
  const { runtime, imageOf } = runtimeLab(installation);
  return {
    runtime,
    another: runtimeLab(stranger).runtime,
    images: {
      serves: await imageOf(
        'mkdir /www; printf %s "$GREETING" > /www/index.html; echo listening; echo warned >&2; exec httpd -f -p 8080 -h /www',
      ),
      ends: await imageOf('echo one; echo two; echo three; exit "$EXIT_CODE"'),
      lingers: await imageOf(lingering),
    },
    commands: {
      speaks: ['sh', '-c', 'echo "$GREETING"; echo warned >&2; exit "$EXIT_CODE"'],
      lingers: ['sh', '-c', lingering],
      echoes: ['cat'],
    },
    async crash({ id }) {
      const { State } = await docker.getContainer(id).inspect();
      process.kill(State.Pid, 'SIGKILL');
    },
    write: writeFile,
    read: readFile,
    async dispose() {
      await sweep(installation);
      await sweep(stranger);
    },
  };
});

async function writeFile({ id }: Instance, path: string, name: string, content: string): Promise<void> {
  const packed = pack();
  packed.entry({ name }, content);
  packed.finalize();
  await docker.getContainer(id).putArchive(packed as unknown as NodeJS.ReadableStream, { path });
}

async function readFile({ id }: Instance, path: string, name: string): Promise<string | undefined> {
  const archive = await unlessMissing(docker.getContainer(id).getArchive({ path: `${path}/${name}` }));
  if (!archive) return undefined;
  const entries = extract();
  archive.pipe(entries);
  let content = '';
  for await (const entry of entries) for await (const chunk of entry) content += chunk;
  return content;
}

const tcp = (port: number) => ({ port, protocol: 'tcp' as const });
const source = (files: Record<string, string>) => ({ kind: 'tree' as const, tree: treeOf(files) });
const image = (reference: string) => ({ kind: 'image' as const, reference });
const exists = async (id: string) => (await unlessMissing(docker.getImage(id).inspect())) !== undefined;

builderContract('dockerfileBuilder with BuildKit', () => dockerfileFixture('buildkit'));
builderContract('dockerfileBuilder without BuildKit', () => dockerfileFixture('classic'));

async function dockerfileFixture(engine: 'buildkit' | 'classic'): Promise<BuilderFixture> {
  const installation = newInstallation();
  const unique = `RUN echo ${installation} > /id`;
  return {
    builder: provided(dockerfileBuilder({ engine }), 'builder', installation),
    accepted: [
      {
        what: 'ports and volumes',
        source: source(dockerfile(unique, 'EXPOSE 9000 80', 'VOLUME /data /more')),
        image: { ports: [tcp(9000), tcp(80)], volumes: ['/data', '/more'] },
      },
      { what: 'neither', source: source(dockerfile(unique)), image: { ports: [], volumes: [] } },
    ],
    declaring: [
      {
        what: 'a magic comment',
        source: source(dockerfile('# LINK_SERVICE redis corp_redis')),
        options: {
          file: 'Dockerfile',
          links: [{ alias: 'redis', container: 'corp_redis', line: expect.any(Number) }],
          mounts: [],
          hostPorts: [],
        },
      },
    ],
    refused: [
      { what: 'no Dockerfile', source: source({ 'index.html': '' }) },
      { what: 'a ready image', source: { kind: 'image', reference: baseImage } },
    ],
    failing: [
      { what: 'a failing step', source: source(dockerfile('RUN exit 3')) },
      { what: 'an unknown instruction', source: source(dockerfile('FOO')) },
      { what: 'an empty Dockerfile', source: source({ Dockerfile: '' }) },
    ],
    withArgument: source(dockerfile('ARG COLOUR', 'RUN echo $COLOUR > /colour')),
    exists,
    dispose: () => sweep(installation),
  };
}

builderContract(
  'imageBuilder',
  async () => ({
    builder: provided(imageBuilder(), 'builder', newInstallation()),
    accepted: [{ what: 'an image', source: image(baseImage), image: { ports: [], volumes: [] } }],
    declaring: [{ what: 'an image', source: image(baseImage), options: undefined }],
    refused: [{ what: 'a tree', source: source(dockerfile()) }],
    failing: [
      { what: 'an image that is nowhere', source: image('127.0.0.1:1/none:1') },
      { what: 'no reference', source: image('--all') },
    ],
    withArgument: image(baseImage),
    exists,
    dispose: async () => {},
  }),
  { buildArguments: false, transfer: false },
);

publisherContract('registryPublisher', async () => {
  const installation = newInstallation();
  const registry = await startImageRegistry();
  const builder = provided(dockerfileBuilder(), 'builder', installation);
  const site = freshSite();
  const release = async (number: number, of = site) => {
    const tree = treeOf(dockerfile(`RUN echo ${installation} ${number} > /id`));
    return makeRelease(of, await builder.build(buildRequest(tree, { site: of }), stepContext()), { number });
  };
  return {
    publisher: provided(registryPublisher({ registry: registry.address }), 'publisher', installation),
    releases: [await release(1), await release(2)] as const,
    other: await release(3, freshSite()),
    digestOf: (of) => registry.digest(of, 'latest'),
    isHere: exists,
    async forget({ image: { id } }) {
      await docker.getImage(id).remove({ force: true });
    },
    async dispose() {
      await sweep(installation);
      await registry.stop();
    },
  };
});
