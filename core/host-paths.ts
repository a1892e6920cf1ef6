/** Where paths of the host really are: a link inside of an allowed folder must not lead out of it. */
import { realpath } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** The places of all these paths, links followed as far as the paths exist. */
export async function realPaths(paths: readonly string[]): Promise<(path: string) => string> {
  const known = new Map(
    await Promise.all([...new Set(paths)].map(async (path) => [path, await realPath(path)] as const)),
  );
  return (path) => known.get(path) ?? path;
}

async function realPath(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder)) {
    try {
      return join(await realpath(folder), relative(folder, path));
    } catch (error) {
      if (folder === dirname(folder)) throw error;
    }
  }
}
