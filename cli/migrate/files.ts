/** The files of a migration: what is read of the original, and the configuration that is written. */
import { chown, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { messageOf, type ResolvedConfig } from '../../core/index.ts';
import { errors } from '../errors.ts';
import { userEntry } from '../identity.ts';

/** @throws E_MIGRATE_FILE */
export function readSettingsFile(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw errors.E_MIGRATE_FILE({ file, problem: messageOf(cause) }, { cause });
  });
}

/** A configuration as it would be loaded, without a file that stays. */
export async function asConfig(
  text: string,
  read: (file: string) => Promise<ResolvedConfig>,
): Promise<ResolvedConfig> {
  const folder = await mkdtemp(join(tmpdir(), 'octo-migrate-'));
  try {
    const file = join(folder, 'octohost.config.ts');
    await writeFile(file, text);
    return await read(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Never over one that is there. */
export async function writeConfig(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text, { flag: 'wx', mode: 0o644 });
}

/** For nobody but the user that octohost runs as. */
export async function writeSecret(file: string, text: string, user: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const secret = await open(file, 'w', 0o600);
  try {
    await secret.chmod(0o600);
    await secret.writeFile(`${text}\n`);
  } finally {
    await secret.close();
  }
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await userEntry(user);
  await chown(file, uid, gid);
}
