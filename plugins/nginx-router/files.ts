/** Reads and writes below the prefix. */
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errors } from './errors.ts';
import { siteFilesIn } from './in-force.ts';
import type { NginxLayout } from './layout.ts';
import type { OwnFile } from './nginx-conf.ts';
import { contentKey } from './site-conf.ts';

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
    await mkdir(layout.sitesDir, { recursive: true, mode: 0o700 });
  });
}

/** The operator's own files, in nginx's order: another key as soon as one is changed. None before the folder is made. */
export async function readOwnFiles({ operatorDir }: NginxLayout): Promise<OwnFile[]> {
  const all = await readdir(operatorDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return [];
  });
  const names = all.filter((name) => name.endsWith('.conf') && !name.startsWith('.'));
  return Promise.all(
    names.toSorted().map(async (name) => {
      const path = join(operatorDir, name);
      return { path, key: contentKey(await readFile(path, 'utf8').catch(() => unreadable)) };
    }),
  );
}

/** Writes what is not there yet; a name stands for its content. Keys are in it: nobody else may read. */
export async function writeSiteFiles(layout: NginxLayout, files: ReadonlyMap<string, string>): Promise<void> {
  if (files.size === 0) return;
  const there = new Set(await readdir(layout.sitesDir));
  await writing(layout, async () => {
    for (const [name, text] of files) {
      if (there.has(name)) continue;
      const next = join(layout.sitesDir, `${name}.${crypto.randomUUID()}.next`);
      await writeThrough(next, text, 0o600);
      await rename(next, join(layout.sitesDir, name));
    }
    await syncFolder(layout.sitesDir);
  });
}

/**
 * Takes away the files of sites that neither the configuration in force nor one that is being tested names. The folder
 * is read first: who tests writes the candidate before the files that it names.
 */
export async function removeUnusedSiteFiles(layout: NginxLayout): Promise<void> {
  const files = await readdir(layout.sitesDir);
  const texts = (await readdir(layout.prefix)).filter((name) => /^nginx\.conf(?:\.|$)/.test(name));
  const read = texts.map((name) => readFile(join(layout.prefix, name), 'utf8').catch(() => ''));
  const used = new Set((await Promise.all(read)).flatMap((text) => siteFilesIn(text, layout)));
  for (const name of files) {
    const file = join(layout.sitesDir, name);
    if (name.endsWith('.next') ? await isForgotten(file) : !used.has(name.replace(/\.(?:conf|pem)$/, '')))
      await rm(file, { force: true });
  }
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
    if (await isForgotten(file)) await rm(file, { force: true });
  }
}

async function isForgotten(file: string): Promise<boolean> {
  const written = await stat(file).catch(() => undefined);
  return written !== undefined && Date.now() - written.mtimeMs > forgottenAfterMs;
}

async function writeThrough(file: string, text: string, mode = 0o644): Promise<void> {
  const handle = await open(file, 'w', mode);
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
