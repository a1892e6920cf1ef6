/** A 2 MB base image made from the machine's own busybox: shell, httpd, nc, wget, without any download. */
import { readFile } from 'node:fs/promises';
import type Dockerode from 'dockerode';
import { type Pack, pack } from 'tar-stream';
import { isStaticProgram } from './elf.ts';
import { hasImage, importImage } from './import-image.ts';
import { errors } from './program-errors.ts';
import { findProgram, runProgram } from './programs.ts';

/** What the sample site and the tutorial's are built from; made in the engine of a private instance, never pulled. */
export const baseImage = 'octohost/busybox:1';

const changes = ['CMD ["sh"]', 'ENV PATH=/bin:/usr/bin:/sbin'];

/** The same input makes the same layer. */
const time = new Date(0);

/**
 * Makes the image `reference` (for instance `octohost/busybox:1`) in an engine; does nothing if it is there.
 * @throws E_PROGRAM_MISSING, E_BUSYBOX
 */
export async function importBusyboxImage(docker: Dockerode, reference: string): Promise<void> {
  if (await hasImage(docker, reference)) return;
  const file = await findProgram('busybox');
  const program = await readFile(file);
  if (!isStaticProgram(program))
    throw errors.E_BUSYBOX({ problem: `${file} needs libraries, it is not static` });
  const applets = (await runProgram('busybox', ['--list'])).split('\n').filter((name) => name !== '');
  const problem = await importImage(docker, reference, busyboxTree(program, applets), changes);
  if (problem !== undefined) throw errors.E_BUSYBOX({ problem });
}

/**
 * The image's files, as a tar stream.
 * @param program the static busybox
 * @param applets their names, as `busybox --list` writes them
 */
export function busyboxTree(program: Buffer, applets: readonly string[]): Pack {
  const tree = pack();
  for (const folder of ['bin', 'sbin', 'usr', 'usr/bin', 'etc', 'root', 'var'])
    directory(tree, folder, 0o755);
  directory(tree, 'tmp', 0o1777);
  textFile(tree, 'etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n');
  textFile(tree, 'etc/group', 'root:x:0:\nnogroup:x:65534:\n');
  tree.entry({ name: 'bin/busybox', mode: 0o755, mtime: time }, program);
  for (const applet of applets) if (applet !== 'busybox') linkToBusybox(tree, `bin/${applet}`);
  // Where the first line of many a script looks for it.
  linkToBusybox(tree, 'usr/bin/env');
  tree.finalize();
  return tree;
}

function directory(tree: Pack, name: string, mode: number): void {
  tree.entry({ name, type: 'directory', mode, mtime: time });
}

/** A hard link; the engine sets its mode on the one file behind all of them. */
function linkToBusybox(tree: Pack, name: string): void {
  tree.entry({ name, type: 'link', linkname: 'bin/busybox', mode: 0o755, mtime: time });
}

function textFile(tree: Pack, name: string, text: string): void {
  tree.entry({ name, mode: 0o644, mtime: time }, text);
}
