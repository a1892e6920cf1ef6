/** A folder that can be deployed. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Sample {
  readonly folder: string;
  write(path: string, content: string): Promise<void>;
  dispose(): Promise<void>;
}

export async function sample(files: Readonly<Record<string, string>> = webSite): Promise<Sample> {
  const folder = await mkdtemp(join(tmpdir(), 'octohost-sample-'));
  const write = async (path: string, content: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  };
  for (const [path, content] of Object.entries(files)) await write(path, content);
  return { folder, write, dispose: () => rm(folder, { recursive: true, force: true }) };
}

export const webSite = { Dockerfile: 'FROM scratch\nEXPOSE 8080\n' };
