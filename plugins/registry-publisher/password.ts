/** Where the registry's password comes from. */
import { readFile } from 'node:fs/promises';
import { messageOf } from '../../core/index.ts';
import { errors } from './errors.ts';
import type { CheckedOptions } from './options.ts';

/** dockerode's authconfig; empty where the registry asks for nothing. */
export interface Credentials {
  readonly username?: string;
  readonly password?: string;
  readonly serveraddress?: string;
}

/** The file, where there is one; else OCTO_REGISTRY_PASSWORD. Throws E_REGISTRY_PASSWORD. */
export async function readCredentials(
  options: CheckedOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Credentials> {
  const { username, passwordFile, registry } = options;
  // The engine refuses a push without the header, so it is sent empty too.
  if (username === undefined) return {};
  const missing = (problem: string) => errors.E_REGISTRY_PASSWORD({ registry, username, problem });
  const password =
    passwordFile === undefined
      ? environment['OCTO_REGISTRY_PASSWORD']
      : await readFile(passwordFile, 'utf8').then(
          (text) => text.replace(/\r?\n$/, ''),
          (error: unknown) => {
            throw missing(messageOf(error));
          },
        );
  if (!password)
    throw missing(
      passwordFile === undefined ? 'OCTO_REGISTRY_PASSWORD is not set' : `${passwordFile} is empty`,
    );
  return { username, password, serveraddress: registry };
}
