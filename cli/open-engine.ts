/** Opens the engine of a configuration file for this process. Used by the commands and by the git door. */
import { existsSync } from 'node:fs';
import { availableParallelism, hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import {
  type Engine,
  messageOf,
  openEngine,
  type ProcessFacts,
  pluginCommands,
  type ResolvedConfig,
} from '../core/index.ts';
import { refuseClashes } from './command-clashes.ts';
import { findConfigFile, loadConfigFile } from './config-file.ts';
import { takeIdentity } from './identity.ts';
import { commandsFolder, extension, readPackage } from './program.ts';
import { guardStdout } from './stdout-guard.ts';

const read = new Map<string, Promise<ResolvedConfig>>();

/** @param file what `--config` names; empty: the usual places */
export function findConfig(file: string | undefined): Promise<string> {
  guardStdout();
  return findConfigFile({ flag: file, variable: process.env['OCTOHOST_CONFIG'], cwd: process.cwd() });
}

/**
 * The configuration as it stands: each file is run once in a process, so that a plugin's command and its setup are of one
 * plugin.
 * @param file what `--config` names; empty: the usual places
 * @throws E_PLUGINS where a plugin brings a command that octohost has itself
 */
export async function readConfig(file: string | undefined): Promise<ResolvedConfig> {
  const found = await findConfig(file);
  const config = read.get(found) ?? loadConfigFile(found, { added: !process.env['OCTO_NO_PLUGINS'] });
  read.set(found, config);
  refuseBuiltIn(await config);
  return config;
}

/** @throws E_PLUGINS where a plugin brings a command that octohost has itself */
export function refuseBuiltIn({ plugins }: ResolvedConfig): void {
  refuseClashes(pluginCommands(plugins), isBuiltIn);
}

const isBuiltIn = (name: string) => existsSync(`${join(commandsFolder, ...name.split(':'))}${extension}`);

/**
 * The configuration of this process, which becomes the configuration's user before anything else is opened.
 * @param file what `--config` names; empty: the usual places
 */
export async function loadConfig(file: string | undefined): Promise<ResolvedConfig> {
  const config = await readConfig(file);
  await takeIdentity(config.user);
  return config;
}

export function openConfigured(config: ResolvedConfig): Engine {
  const engine = openEngine({ config, environment: process.env, process: processFacts() });
  // By then all is done and said: what cannot be closed changes nothing of how it ended.
  const close = () =>
    engine
      .close()
      .catch((error: unknown) => void process.stderr.write(`warning: the store: ${messageOf(error)}\n`));
  return { ...engine, close };
}

/** @param file what `--config` names; empty: the usual places */
export async function openFromFile(file: string | undefined): Promise<Engine> {
  return openConfigured(await loadConfig(file));
}

export function processFacts(): ProcessFacts {
  const { version } = readPackage();
  return { version, pid: process.pid, host: hostname(), cores: availableParallelism(), isAlive };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Who runs this process, for the record: `root on host1`. */
export function whoRuns(): string {
  return `${userName()} on ${hostname()}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without an entry in the user database.
    return `uid ${process.getuid?.()}`;
  }
}
