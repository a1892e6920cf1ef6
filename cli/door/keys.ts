/** The keys of an installation: what the store says of them, brought into the file that sshd reads. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AccessKey, Engine, KeyName, Operation, ResolvedConfig } from '../../core/index.ts';
import { errors as cliErrors } from '../errors.ts';
import { findUser } from '../identity.ts';
import { octoCommand } from '../program.ts';
import { errors } from './errors.ts';
import { renderKeyFile, renderSigners } from './key-file.ts';

/** A key and its rights, before it is added. */
export type Grant = Omit<AccessKey, 'addedAt' | 'addedBy'>;

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
    const block = {
      installation: await engine.installation(),
      octo: octoCommand,
      configFile: engine.config.file,
      keys: await engine.keys(),
    };
    const file = await authorizedKeysFile(engine.config);
    await replaceFile(file, (before) => renderKeyFile(before, block, file));
    await replaceFile(signersFile(engine.config.dataDir), () => renderSigners(block.keys));
  });
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

/** By rename, so that sshd finds the old file or the new one; what a link leads to is replaced, not the link. */
async function replaceFile(named: string, render: (before: Buffer) => Buffer): Promise<void> {
  const failed = (cause: unknown) => errors.E_KEY_FILE({ file: named, cause }, { cause });
  const file = await realpath(named).catch(() => named);
  const before = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return Buffer.alloc(0);
    throw failed(cause);
  });
  const after = render(before);
  if (after.equals(before)) return;
  const fresh = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(fresh, after, { mode: 0o600, flush: true });
    await rename(fresh, file);
  } catch (cause) {
    await rm(fresh, { force: true }).catch(() => {});
    throw failed(cause);
  }
}
