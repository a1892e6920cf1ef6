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
import { findConfigFile, loadConfigFile, loadWithoutBroken, withAdded } from './config-file.ts';
import { takeIdentity } from './identity.ts';
import { withoutBroken } from './plugins/left-out.ts';
import { useAdded } from './plugins/uses.ts';
import { commandsFolder, extension, readPackage } from './program.ts';
import { guardStdout } from './stdout-guard.ts';

/** Each configuration file is run once in a process, so that a plugin's command and its setup are of one plugin. */
const own = new Map<string, Promise<ResolvedConfig>>();
const whole = new Map<string, Promise<ResolvedConfig>>();

/** @param file what `--config` names; empty: the usual places */
export function findConfig(file: string | undefined): Promise<string> {
  guardStdout();
  return findConfigFile({ flag: file, variable: process.env['OCTOHOST_CONFIG'], cwd: process.cwd() });
}

/**
 * The configuration as it stands.
 * @param file what `--config` names; empty: the usual places
 * @throws E_PLUGINS where a plugin brings a command that octohost has itself
 */
export async function readConfig(file: string | undefined): Promise<ResolvedConfig> {
  const found = await findConfig(file);
  const config = whole.get(found) ?? readOwn(found).then(withItsAdded);
  whole.set(found, config);
  refuseBuiltIn(await config);
  return config;
}

/** What the configuration file says, and nothing that was added. */
function readOwn(file: string): Promise<ResolvedConfig> {
  const config =
    own.get(file) ?? (isWithoutPlugins() ? readSound(file) : loadConfigFile(file, { added: false }));
  own.set(file, config);
  return config;
}

const isWithoutPlugins = () => Boolean(process.env['OCTO_NO_PLUGINS']);

/** Without what is broken in it, and stderr says what that was. */
async function readSound(file: string): Promise<ResolvedConfig> {
  const loaded = await loadWithoutBroken(file);
  const { config, left } = withoutBroken(loaded.config, (one) => {
    refuseBuiltIn(one);
    openEngine({ config: one, environment: process.env, process: processFacts() });
  });
  const all = [...loaded.left, ...left];
  if (all.length > 0) process.stderr.write(`Without what is broken in ${file}: ${all.join(', ')}\n`);
  return config;
}

async function withItsAdded(config: ResolvedConfig): Promise<ResolvedConfig> {
  return isWithoutPlugins() ? config : withAdded(config, await useAdded(config.file));
}

/** @throws E_PLUGINS where a plugin brings a command that octohost has itself */
export function refuseBuiltIn({ plugins }: ResolvedConfig): void {
  refuseClashes(pluginCommands(plugins), isBuiltIn);
}

const isBuiltIn = (name: string) => existsSync(`${join(commandsFolder, ...name.split(':'))}${extension}`);

/**
 * The configuration of this process, which becomes the configuration's user before a package that was added is loaded or
 * anything is opened.
 * @param file what `--config` names; empty: the usual places
 */
export async function loadConfig(file: string | undefined): Promise<ResolvedConfig> {
  const { user } = await readOwn(await findConfig(file));
  await takeIdentity(user);
  return readConfig(file);
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

export function isAlive(pid: number): boolean {
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
