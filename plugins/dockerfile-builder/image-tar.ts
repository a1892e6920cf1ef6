/** The engine's own format for images (docker save): what it would give names to. */
import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';

/** Files in which the engine looks for names; larger ones are none of its own. */
const naming = ['manifest.json', 'repositories', 'index.json'];
const maxBytes = 4 * 1024 * 1024;

/**
 * Every name that images get when the tar is loaded. A file of such a name counts in any folder: a path may be absolute, or
 * lead to the top by a link. Rejects where it is no such tar.
 */
export async function namesInTar(tar: Readable): Promise<string[]> {
  const entries = extract();
  const fed = pipeline(tar, entries as unknown as NodeJS.WritableStream);
  // Its failure also ends the loop below.
  fed.catch(() => {});
  const names: string[] = [];
  for await (const entry of entries) {
    const file = posix.basename(posix.normalize(entry.header.name));
    if (!naming.includes(file)) {
      entry.resume();
      continue;
    }
    if ((entry.header.size ?? 0) > maxBytes) throw new Error(`its ${file} is too large`);
    const chunks: Buffer[] = [];
    for await (const chunk of entry as unknown as Readable) chunks.push(chunk as Buffer);
    names.push(...namesIn(file, JSON.parse(Buffer.concat(chunks).toString()) as unknown));
  }
  await fed;
  return names;
}

/** What one of these files names. Pure. */
export function namesIn(file: string, value: unknown): string[] {
  if (file === 'repositories') return Object.keys(value ?? {});
  if (file === 'manifest.json')
    return (value as readonly { RepoTags?: readonly string[] | null }[]).flatMap(
      ({ RepoTags }) => RepoTags ?? [],
    );
  const { manifests = [] } = value as { manifests?: readonly { annotations?: object | null }[] };
  const named = ['io.containerd.image.name', 'org.opencontainers.image.ref.name'];
  return manifests.flatMap(({ annotations }) =>
    Object.entries(annotations ?? {}).flatMap(([key, name]) => (named.includes(key) ? [String(name)] : [])),
  );
}
