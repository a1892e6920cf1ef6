/** The file of a host that holds the keys to its secret settings: made at the first need, readable by its owner alone. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errors } from './error-catalogue.ts';
import { createKeys, readKeys, type SecretKeys, writeKeys } from './sealing.ts';

/** Where a host keeps its keys. */
export interface SecretKeyFile {
  readonly path: string;
  /** Undefined where there is none. @throws E_SECRET_FILE */
  read(): Promise<SecretKeys | undefined>;
  /** The keys there are, or new ones: of two processes that make them at once, both get the same. @throws E_SECRET_FILE */
  readOrCreate(): Promise<SecretKeys>;
  /** All of it anew, or nothing. */
  write(keys: SecretKeys): Promise<void>;
}

export function secretKeyFile(dataDir: string): SecretKeyFile {
  const path = join(dataDir, 'secrets.key');
  const read = () => readFrom(path);
  return {
    path,
    read,
    async readOrCreate() {
      const known = await read();
      if (known) return known;
      await mkdir(dirname(path), { recursive: true });
      await placed(path, createKeys(), (draft) =>
        // Whoever comes second finds the file of the first.
        link(draft, path).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'EEXIST') throw error;
        }),
      );
      return (await read()) as SecretKeys;
    },
    write: (keys) => placed(path, keys, (draft) => rename(draft, path)),
  };
}

async function readFrom(path: string): Promise<SecretKeys | undefined> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw errors.E_SECRET_FILE({ path, problem: `cannot be read: ${error.message}` }, { cause: error });
  });
  if (!file) return undefined;
  try {
    const { mode } = await file.stat();
    if ((mode & 0o077) !== 0)
      throw errors.E_SECRET_FILE({ path, problem: 'can be read by others than its owner' });
    const keys = readKeys(await file.readFile('utf8'));
    if (!keys) throw errors.E_SECRET_FILE({ path, problem: 'is not what octohost wrote' });
    return keys;
  } finally {
    await file.close();
  }
}

async function placed(path: string, keys: SecretKeys, place: (draft: string) => Promise<void>) {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(writeKeys(keys));
      await file.sync();
    } finally {
      await file.close();
    }
    await place(draft);
  } finally {
    await rm(draft, { force: true });
  }
}
