/**
 * What is left to do after a command has returned: old instances drain, new ones are watched. Either may take half a minute
 * that nobody should wait for.
 */
import { spawn } from 'node:child_process';
import { octoCommand } from './program.ts';

/**
 * Starts `octo retire:finish` for these sites and forgets it. Whatever it cannot do, the next converge does.
 * @param configFile the configuration file of the engine, absolute
 */
export function finishInBackground(configFile: string, sites: readonly string[]): void {
  const words = ['retire:finish', ...sites, '--config', configFile];
  const child = spawn(octoCommand, words, { detached: true, stdio: 'ignore', cwd: '/' });
  child.on('error', () => {});
  child.unref();
}
