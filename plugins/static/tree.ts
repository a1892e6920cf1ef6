/** The pushed tree as the Dockerfile builder is given it: a Dockerfile, and the pages in a folder. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Tree } from 'octohost';
import { extract, pack } from 'tar-stream';
import { pagePath } from './site.ts';

/** Nothing of the pushed tree but its pages is in it. */
export function staticTree(tree: Tree, dockerfile: string, folder?: string): Tree {
  return {
    ...(tree.id === undefined ? {} : { id: tree.id }),
    read: async (path) => (path === 'Dockerfile' ? Buffer.from(dockerfile) : undefined),
    async tar() {
      const entries = extract();
      const packed = pack();
      const copied = copyPages(entries, packed, dockerfile, folder);
      const fed = pipeline(await tree.tar(), entries as unknown as NodeJS.WritableStream);
      Promise.all([copied, fed]).catch((error: Error) => packed.destroy(error));
      return Readable.from(packed, { objectMode: false });
    },
  };
}

async function copyPages(
  entries: ReturnType<typeof extract>,
  packed: ReturnType<typeof pack>,
  dockerfile: string,
  folder: string | undefined,
): Promise<void> {
  // A fixed time: equal trees make equal bytes.
  packed.entry({ name: 'Dockerfile', mtime: new Date(0) }, dockerfile);
  for await (const entry of entries) {
    const name = pagePath(entry.header.name, folder);
    if (name === undefined) {
      entry.resume();
      continue;
    }
    const page = packed.entry({ ...entry.header, name });
    await pipeline(entry as unknown as Readable, page as unknown as NodeJS.WritableStream);
  }
  packed.finalize();
}
