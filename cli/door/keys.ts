/** The keys of an installation: what the store says of them, brought into the file that sshd reads. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AccessKey, Engine, KeyName, Operation, ResolvedConfig } from '../../core/index.ts';
import { errors as cliErrors } from '../errors.ts';
import { findUser } from '../identity.ts';
import { octoCommand } from '../program.ts';
import { errors } from './errors.ts';
import { type KeyBlock, renderKeyFile, renderSigners, type ShadowedKey, shadowedKeys } from './key-file.ts';

/** A key and its rights, before it is added. */
export type Grant = Omit<AccessKey, 'addedAt' | 'addedBy'>;

/** What sshd and git read, as the store says it, beside what is there. */
export interface KeyFile {
  readonly file: string;
  readonly wanted: Buffer;
  readonly found: Buffer;
}

/** Both files of an installation. @throws E_KEY_MARKERS, E_IDENTITY */
export async function keyFiles(engine: Engine): Promise<readonly KeyFile[]> {
  const block = await blockOf(engine);
  const file = await authorizedKeysFile(engine.config);
  const [before, signers] = await Promise.all([file, signersFile(engine.config.dataDir)].map(readOrNothing));
  return [
    { file, found: before as Buffer, wanted: renderKeyFile(before as Buffer, block, file) },
    {
      file: signersFile(engine.config.dataDir),
      found: signers as Buffer,
      wanted: renderSigners(block.keys),
    },
  ];
}

/** The file that sshd is to read, and whose keys it finds there before octohost's own lines. */
export async function lookAtKeyFile(
  engine: Engine,
): Promise<{ readonly file: string; readonly shadowed: readonly ShadowedKey[] }> {
  const file = await authorizedKeysFile(engine.config);
  return { file, shadowed: shadowedKeys(await readOrNothing(file), await blockOf(engine)) };
}

/** Writes both files anew where they are not as the store says. Returns which were not. */
export function mendKeyFiles(engine: Engine, operation: Operation): Promise<readonly string[]> {
  return engine.lockKeys(operation, async () => {
    const wrong = (await keyFiles(engine)).filter(({ found, wanted }) => !wanted.equals(found));
    for (const { file, wanted } of wrong) await replaceFile(file, wanted);
    return wrong.map(({ file }) => file);
  });
}

/** Adds a key, or gives it other rights, in the store and for sshd. */
export function letIn(engine: Engine, grant: Grant, operation: Operation): Promise<void> {
  const key = { ...grant, addedAt: new Date().toISOString(), addedBy: operation.actor };
  return changeKeys(engine, operation, () => engine.addKey(key));
}

/** The key opens nothing any more as soon as the store says so; its line goes next. */
export function lockOut(engine: Engine, name: KeyName, operation: Operation): Promise<void> {
  return changeKeys(engine, operation, () => engine.removeKey(name));
}

/** The whole block is written from the store, so each change also mends what an interrupted one left. */
function changeKeys(engine: Engine, operation: Operation, change: () => Promise<void>): Promise<void> {
  return engine.lockKeys(operation, async () => {
    await change();
    for (const { file, wanted } of await keyFiles(engine)) await replaceFile(file, wanted);
  });
}

async function blockOf(engine: Engine): Promise<KeyBlock> {
  return {
    installation: await engine.installation(),
    octo: octoCommand,
    configFile: engine.config.file,
    keys: await engine.keys(),
  };
}

/** Where git finds whose signature a push has. */
export function signersFile(dataDir: string): string {
  return join(dataDir, 'signers');
}

/** The configured file, else the one that sshd reads for the configuration's user. */
async function authorizedKeysFile({ ssh, user }: ResolvedConfig): Promise<string> {
  if (ssh.authorizedKeys !== undefined) return ssh.authorizedKeys;
  const entry = findUser(await readFile('/etc/passwd', 'utf8'), user);
  if (!entry) throw cliErrors.E_IDENTITY({ user });
  return join(entry.home, '.ssh', 'authorized_keys');
}

async function readOrNothing(named: string): Promise<Buffer> {
  return readFile(named).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return Buffer.alloc(0);
    throw errors.E_KEY_FILE({ file: named, cause }, { cause });
  });
}

/** By rename, so that sshd finds the old file or the new one; what a link leads to is replaced, not the link. */
async function replaceFile(named: string, wanted: Buffer): Promise<void> {
  const file = await realpath(named).catch(() => named);
  if (wanted.equals(await readOrNothing(file))) return;
  const fresh = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(fresh, wanted, { mode: 0o600, flush: true });
    await rename(fresh, file);
  } catch (cause) {
    await rm(fresh, { force: true }).catch(() => {});
    throw errors.E_KEY_FILE({ file: named, cause }, { cause });
  }
}
