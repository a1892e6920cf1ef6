/** What of npm is used: to fetch one package, to install what a folder names. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { errors } from '../errors.ts';

const run = promisify(execFile);

/** A package as it was fetched. */
export interface Packed {
  readonly name: string;
  readonly version: string;
  readonly filename: string;
}

/** What somebody names. */
export interface PluginSpec {
  readonly kind: 'registry' | 'local';
  /** For npm; a path is absolute. */
  readonly spec: string;
}

const registrySpec = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*(@[\w.+~^-]+)?$/;

/** A path begins with `.` or `/`, and has to be there. @throws E_PLUGIN_SPEC */
export function parseSpec(text: string, cwd: string): PluginSpec {
  if (/^[./]/.test(text)) {
    const spec = resolve(cwd, text);
    if (existsSync(spec)) return { kind: 'local', spec };
  } else if (registrySpec.test(text) && !text.startsWith('-')) return { kind: 'registry', spec: text };
  throw errors.E_PLUGIN_SPEC({ spec: text });
}

/** Nothing of a package is run by fetching it; a folder may have to be built, which its scripts do. Pure. */
export function packWords({ spec }: PluginSpec, destination: string, allowScripts: boolean): string[] {
  const scripts = allowScripts ? [] : ['--ignore-scripts'];
  return ['pack', '--json', ...scripts, '--pack-destination', destination, '--', spec];
}

/** Installs what package.json and the lock name. octohost itself is the running program, so peers are not installed. Pure. */
export function installWords(allowScripts: boolean): string[] {
  const words = ['install', '--save-exact', '--omit=dev', '--legacy-peer-deps', '--no-audit', '--no-fund'];
  return [...words, ...(allowScripts ? [] : ['--ignore-scripts'])];
}

/** @throws E_NPM with what npm said */
export async function npm(words: readonly string[], cwd: string, signal: AbortSignal): Promise<string> {
  try {
    const { stdout } = await run('npm', words, { cwd, signal, maxBuffer: 16 * 1024 * 1024 });
    return stdout;
  } catch (cause) {
    signal.throwIfAborted();
    const { stderr = '', code } = cause as { stderr?: string; code?: unknown };
    const lines = stderr.split('\n').filter((line) => line.trim() !== '');
    const said = code === 'ENOENT' ? 'there is no npm in the path' : `exit code ${String(code)}`;
    throw errors.E_NPM({ command: words[0] ?? '', cause: said, lines: lines.slice(-20) }, { cause });
  }
}
