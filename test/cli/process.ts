/** Runs the real program in a process of its own. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { packageRoot } from '../../cli/program.ts';

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

export interface StartOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
}

export function startOcto(
  words: readonly string[],
  { environment = {}, cwd, stdin = '' }: StartOptions = {},
): ChildProcessWithoutNullStreams {
  const { NODE_ENV: _, VITEST: __, OCTOHOST_CONFIG: ___, ...inherited } = process.env;
  const child = spawn(process.execPath, [join(packageRoot, 'cli', 'bin', 'main.ts'), ...words], {
    env: { ...inherited, ...environment },
    ...(cwd === undefined ? {} : { cwd }),
  });
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  return child;
}

export async function octo(words: readonly string[], options?: StartOptions): Promise<Ended> {
  const child = startOcto(words, options);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { stdout, stderr, code };
}

export interface TemporaryFolder {
  readonly path: string;
  /** Returns the file's absolute path. */
  write(name: string, content: string): Promise<string>;
  dispose(): Promise<void>;
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'octohost-cli-'));
  return {
    path,
    async write(name, content) {
      await writeFile(join(path, name), content);
      return join(path, name);
    },
    dispose: () => rm(path, { recursive: true, force: true }),
  };
}

/** A configuration outside the clone, on in-memory roles that end with the process, run as whoever runs the test. */
export const memoryConfig = `
import { type Config, defineConfig } from 'octohost';
import { memoryPlugins } from 'octohost/testing';
const config: Config = { user: 'root', plugins: memoryPlugins({ publisher: false }), domainSuffix: 'example.com' };
export default defineConfig(config);
`;
