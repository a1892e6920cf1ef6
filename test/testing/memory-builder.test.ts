import { builderContract } from '../contracts/builder.ts';
import { memoryBuilder, memoryTree } from '../testing.ts';

const tree = (files: Record<string, string>) => ({ kind: 'tree', tree: memoryTree(files) }) as const;

builderContract('memoryBuilder', async () => {
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
});
