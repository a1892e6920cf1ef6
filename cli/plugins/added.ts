/**
 * The plugins that `octo plugins:add` added: a list beside the configuration file, which is code and cannot be edited by
 * a program. Each change makes a folder anew and then the list in one rename, so that a kill leaves the one of before.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod/mini';
import { $ZodError } from 'zod/v4/core';
import { isOctohostError, messageOf } from '../../core/index.ts';
import { errors } from '../errors.ts';

/** One package that was added. */
export interface AddedPlugin {
  readonly package: string;
  /** Exactly this one. */
  readonly version: string;
  /** What was named: `octohost-mail@1`, `/srv/mail-1.0.0.tgz`. */
  readonly from: string;
  /** What its factory is called with; absent: nothing. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** What is told of one: its options may be secret. */
export type AddedFacts = Omit<AddedPlugin, 'options'>;

export function factsOf({ package: name, version, from }: AddedPlugin): AddedFacts {
  return { package: name, version, from };
}

export interface AddedPlugins {
  /** Where they are installed, with package.json and lock; below the folder of the configuration file. */
  readonly folder: string;
  /** In the order of their taps, after those of the configuration file. */
  readonly plugins: readonly AddedPlugin[];
}

export const noneAdded: AddedPlugins = { folder: '', plugins: [] };

const schema = z.strictObject({
  folder: z.string().check(z.regex(/^octohost\.plugins\/[a-z0-9]+$/)),
  plugins: z.array(
    z.strictObject({
      package: z.string().check(z.regex(/^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/)),
      version: z.string(),
      from: z.string(),
      options: z.optional(z.record(z.string(), z.unknown())),
    }),
  ),
});

export const foldersName = 'octohost.plugins';

export function listFile(configFile: string): string {
  return join(dirname(configFile), 'octohost.plugins.json');
}

/** @throws E_PLUGIN_LIST */
export async function readAdded(configFile: string): Promise<AddedPlugins> {
  const file = listFile(configFile);
  try {
    return parseAdded(await readFile(file, 'utf8'), file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return noneAdded;
    if (isOctohostError(cause)) throw cause;
    throw errors.E_PLUGIN_LIST({ file, problem: messageOf(cause) }, { cause });
  }
}

/** @param file where the text is from, for the error. @throws E_PLUGIN_LIST */
export function parseAdded(text: string, file: string): AddedPlugins {
  try {
    return schema.parse(JSON.parse(text)) as AddedPlugins;
  } catch (cause) {
    const problem = cause instanceof $ZodError ? z.prettifyError(cause) : messageOf(cause);
    throw errors.E_PLUGIN_LIST({ file, problem }, { cause });
  }
}
