/** A base image with Node: this very program with its libraries, made once for each content. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type Dockerode from 'dockerode';
import { pack } from 'tar-stream';
import { hasImage, importImage } from '../../cli/dev/import-image.ts';

const run = promisify(execFile);

/** Returns its name, `octohost/node:<content key>`. */
export async function importNodeImage(docker: Dockerode): Promise<string> {
  const program = await readFile(process.execPath);
  const key = createHash('sha256').update(program).digest('hex').slice(0, 12);
  const reference = `octohost/node:${key}`;
  if (await hasImage(docker, reference)) return reference;
  const { stdout } = await run('ldd', [process.execPath]);
  const tree = pack();
  const add = (name: string, content: Buffer) => tree.entry({ name: name.slice(1), mode: 0o755 }, content);
  add('/bin/node', program);
  for (const file of librariesIn(stdout)) add(file, await readFile(file));
  tree.finalize();
  const problem = await importImage(docker, reference, tree, ['ENV PATH=/bin']);
  if (problem !== undefined) throw new Error(`${reference} could not be made: ${problem}`);
  return reference;
}

/** Absolute paths in what `ldd` writes: `libm.so.6 => /lib/libm.so.6 (0x…)`, `/lib64/ld.so (0x…)`. Pure. */
export function librariesIn(text: string): string[] {
  return [...text.matchAll(/(?:^|=>)\s*(\/\S+) \(0x/gm)].map((match) => match[1] ?? '');
}
