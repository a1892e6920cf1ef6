/** Reads and writes below the prefix. */
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errors } from './errors.ts';
import { siteFilesIn } from './in-force.ts';
import type { NginxLayout } from './layout.ts';
import { liveRoutesIn, type RouteTable } from './live-routes.ts';
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
    for (const folder of [layout.operatorDir, layout.routesDir, layout.logDir, layout.tempDir])
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

/** The files of sites that a configuration includes; keys are in them. */
export async function writeSiteFiles(layout: NginxLayout, files: ReadonlyMap<string, string>): Promise<void> {
  await writeMissing(layout, layout.sitesDir, files);
}

/** The table of live routes that a configuration names; nothing where it has none. */
export async function writeTable(layout: NginxLayout, table: RouteTable | undefined): Promise<void> {
  await writeMissing(layout, layout.routesDir, new Map(table ? [[table.key, table.text]] : []));
}

/** The text of the table that a configuration names; empty where it has none, or that is gone. */
export async function readTable({ routesDir }: NginxLayout, conf: string): Promise<string> {
  const live = liveRoutesIn(conf);
  return live ? readFile(join(routesDir, live.table), 'utf8').catch(() => '') : '';
}

/** Writes what is not there yet; a name stands for its content. Nobody else may read. */
async function writeMissing(
  layout: NginxLayout,
  folder: string,
  files: ReadonlyMap<string, string>,
): Promise<void> {
  if (files.size === 0) return;
  await writing(layout, async () => {
    const there = new Set(await readdir(folder));
    for (const [name, text] of files) {
      if (there.has(name)) continue;
      const next = beside(join(folder, name), 'next');
      await writeThrough(next, text, 0o600);
      await rename(next, join(folder, name));
    }
    await syncFolder(folder);
  });
}

/**
 * Takes away the files of sites and the tables that neither the configuration in force nor one that is being tested
 * names. The folders are read first: who tests writes the candidate before the files that it names.
 */
export async function removeUnused(layout: NginxLayout): Promise<void> {
  const files = await readdir(layout.sitesDir);
  const tables = await readdir(layout.routesDir);
  const texts = (await readdir(layout.prefix)).filter((name) => /^nginx\.conf(?:\.|$)/.test(name));
  const read = texts.map((name) => readFile(join(layout.prefix, name), 'utf8').catch(() => ''));
  const all = await Promise.all(read);
  const sites = new Set(all.flatMap((text) => siteFilesIn(text, layout)));
  await removeFrom(layout.sitesDir, files, (name) => sites.has(name.replace(/\.(?:conf|pem)$/, '')));
  const named = new Set(all.map((text) => liveRoutesIn(text)?.table));
  await removeFrom(layout.routesDir, tables, (name) => named.has(name));
}

async function removeFrom(
  folder: string,
  names: readonly string[],
  isUsed: (name: string) => boolean,
): Promise<void> {
  for (const name of names) {
    const file = join(folder, name);
    if (name.endsWith('.next') ? await isForgotten(file) : !isUsed(name)) await rm(file, { force: true });
  }
}

/** The configuration on disk; undefined where there is none. */
export async function readConf(layout: NginxLayout): Promise<string | undefined> {
  return readFile(layout.conf, 'utf8').catch(() => undefined);
}

/** Replaces the configuration on disk in one step, durably. */
export async function writeConf(layout: NginxLayout, text: string): Promise<void> {
  await writing(layout, async () => {
    const next = beside(layout.conf, 'next');
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
  const file = beside(`${layout.conf}.${candidate.generation}`, 'candidate');
  try {
    await writing(layout, () => writeThrough(file, candidate.text));
    return await use(file);
  } finally {
    await rm(file, { force: true });
  }
}

/** Takes away what killed processes left beside the configuration. */
export async function removeForgotten(layout: NginxLayout): Promise<void> {
  for (const name of await readdir(layout.prefix)) {
    const file = join(layout.prefix, name);
    if (name.startsWith('nginx.conf.') && (await isForgotten(file))) await rm(file, { force: true });
  }
}

const temporary = /\.(?<pid>\d+)\.[0-9a-f-]{36}\.(?:next|candidate)$/;

/** A name for what is not whole yet, or not for long; it tells which process writes it. */
function beside(file: string, kind: 'next' | 'candidate'): string {
  return `${file}.${process.pid}.${crypto.randomUUID()}.${kind}`;
}

/** Its process is gone, or has only its number from one that is. */
async function isForgotten(file: string): Promise<boolean> {
  const pid = temporary.exec(file)?.groups?.['pid'];
  if (pid === undefined) return false;
  const written = await stat(file).catch(() => undefined);
  if (!written) return false;
  const writes = await stat(`/proc/${pid}`).catch(() => undefined);
  return writes === undefined || Date.now() - written.mtimeMs > forgottenAfterMs;
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
