/** Tries a list of added plugins in a process of its own, which is the configuration's user and may not come back. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { OctohostError } from '../../core/index.ts';
import { errors } from '../errors.ts';
import { octoCommand } from '../program.ts';
import type { failureFacts } from '../render/failure.ts';
import type { AddedPlugins } from './added.ts';

/** @throws what the configuration with this list throws, E_PLUGIN_TRIED */
export async function tryAdded(configFile: string, list: AddedPlugins, signal: AbortSignal): Promise<void> {
  const words = ['plugins:try', '--json', '--config', configFile];
  const child = spawn(octoCommand, words, { signal, stdio: 'pipe', cwd: '/' });
  const ended = once(child, 'close');
  // It may end before it has read all.
  child.stdin.on('error', () => {});
  // Options may be secret: they go this way.
  child.stdin.end(JSON.stringify(list));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [exitCode, killedBy] = (await ended) as [number | null, string | null];
  const answer = answerIn(stdout);
  if (answer?.error) {
    const { code, message, hint, details } = answer.error;
    throw new OctohostError(code, { message, hint: hint ?? '', details: details ?? [] });
  }
  if (answer) return;
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const said =
    exitCode === null ? `was ended by ${killedBy}` : `ended with exit code ${exitCode}, without a word`;
  throw errors.E_PLUGIN_TRIED({ ended: said, lines: lines.slice(-20) });
}

function answerIn(stdout: string): { error?: ReturnType<typeof failureFacts> } | undefined {
  try {
    return JSON.parse(stdout) as object;
  } catch {
    return undefined;
  }
}
