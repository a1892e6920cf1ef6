/** A pushed tree from plain strings. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import type { Tree } from '../../core/index.ts';

const maxReadBytes = 1024 * 1024;

/** @param files contents by path: `{ Dockerfile: 'FROM scratch\nEXPOSE 80\n', 'src/a.txt': 'a' }` */
export function memoryTree(files: Readonly<Record<string, string>>): Tree {
  const paths = Object.keys(files).toSorted();
  const content = JSON.stringify(paths.map((path) => [path, files[path]]));
  return {
    id: createHash('sha256').update(content).digest('hex'),
    async read(path) {
      if (!Object.hasOwn(files, path)) return undefined;
      const bytes = Buffer.from(files[path] as string);
      if (bytes.length > maxReadBytes) throw new Error(`${path} is larger than ${maxReadBytes} bytes.`);
      return bytes;
    },
    async tar() {
      const stream = pack();
      // A fixed time: equal trees make equal bytes.
      for (const name of paths) stream.entry({ name, mtime: new Date(0) }, files[name] as string);
      stream.finalize();
      return Readable.from(stream, { objectMode: false });
    },
  };
}
