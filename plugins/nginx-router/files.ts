/** Reads and writes below the prefix. */
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errors } from './errors.ts';
import type { NginxLayout } from './layout.ts';

/** What sockaddr_un holds on Linux, without its closing NUL. */
const socketPathLimit = 107;
const forgottenAfterMs = 10 * 60 * 1000;
const unreadable = 'unreadable';

/** Makes the folders; what is there stays. Throws E_NGINX_SOCKET_PATH, E_NGINX_FILES. */
export async function makeFolders(layout: NginxLayout): Promise<void> {
  const bytes = Buffer.byteLength(layout.statusSocket);
  if (bytes > socketPathLimit)
    throw errors.E_NGINX_SOCKET_PATH({ path: layout.statusSocket, bytes, limit: socketPathLimit });
  await writing(layout, async () => {
    for (const folder of [layout.operatorDir, layout.logDir, layout.tempDir])
      await mkdir(folder, { recursive: true });
  });
}

/** Content key of the operator's own files: another one as soon as one is added, changed or taken away. */
export async function operatorKey(layout: NginxLayout): Promise<string> {
  const names = (await readdir(layout.operatorDir)).filter((name) => name.endsWith('.conf')).toSorted();
  const contents = await Promise.all(
    names.map((name) => readFile(join(layout.operatorDir, name), 'utf8').catch(() => unreadable)),
  );
  const hash = createHash('sha256');
  for (const [index, name] of names.entries()) hash.update(`${name}\0${contents[index]}\0`);
  return hash.digest('hex').slice(0, 16);
}

/** The configuration on disk; undefined where there is none. */
export async function readConf(layout: NginxLayout): Promise<string | undefined> {
  return readFile(layout.conf, 'utf8').catch(() => undefined);
}

/** Replaces the configuration on disk in one step, durably. */
export async function writeConf(layout: NginxLayout, text: string): Promise<void> {
  await writing(layout, async () => {
    const next = `${layout.conf}.${process.pid}.next`;
    await writeThrough(next, text);
    await rename(next, layout.conf);
    await syncFolder(layout.prefix);
  });
}

/** Puts back what `readConf` found. */
export async function restoreConf(layout: NginxLayout, text: string | undefined): Promise<void> {
  await (text === undefined ? rm(layout.conf, { force: true }) : writeConf(layout, text));
}

/** Gives a file with the text to `use`, and takes it away afterwards. Other processes may do so at the same time. */
export async function withCandidate<Result>(
  layout: NginxLayout,
  candidate: { readonly generation: string; readonly text: string },
  use: (file: string) => Promise<Result>,
): Promise<Result> {
  const file = `${layout.conf}.${candidate.generation}.${process.pid}.${crypto.randomUUID()}.candidate`;
  try {
    await writing(layout, () => writeThrough(file, candidate.text));
    return await use(file);
  } finally {
    await rm(file, { force: true });
  }
}

/** Takes away candidates of processes that were killed. */
export async function removeForgotten(layout: NginxLayout): Promise<void> {
  const names = await readdir(layout.prefix);
  for (const name of names.filter((each) => /^nginx\.conf\..*\.(?:candidate|next)$/.test(each))) {
    const file = join(layout.prefix, name);
    const written = await stat(file).catch(() => undefined);
    if (written && Date.now() - written.mtimeMs > forgottenAfterMs) await rm(file, { force: true });
  }
}

async function writeThrough(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w', 0o644);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writing(layout: NginxLayout, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    throw errors.E_NGINX_FILES({ prefix: layout.prefix, cause }, { cause });
  }
}
