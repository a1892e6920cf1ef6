/** What processes of octohost have used, each as it said when it ended: bench.config.ts writes it. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

export interface ProcessUse {
  /** Its arguments: `door:serve …`. */
  readonly words: readonly string[];
  /** User and system CPU of the process itself, without the programs that it started. */
  readonly cpuMs: number;
  /** Of it, what no step of a deploy used that builds, starts and checks, or switches routes: octohost's own share. */
  readonly ownCpuMs: OwnCpu;
  /** The most that it had in memory. */
  readonly memoryMb: number;
}

/** Each in milliseconds. */
export interface OwnCpu {
  /** Until the plugins are set up: Node.js itself, modules, the configuration. */
  readonly start: number;
  /** Until the first hook: the key, the repository, what git asks and answers, leases, the journal. */
  readonly receive: number;
  readonly register: number;
  /** From the routes on: refs, records, what goes on in the background is started. */
  readonly finish: number;
}

export const useFolder = (dataDir: string) => join(dataDir, 'bench-use');

/** Of the processes of this command that have ended since the last call; what others said is thrown away. */
export async function takeUses(dataDir: string, command: string): Promise<ProcessUse[]> {
  const folder = useFolder(dataDir);
  const names = await readdir(folder).catch(() => []);
  const uses = await Promise.all(
    names.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as ProcessUse),
  );
  await rm(folder, { recursive: true, force: true });
  return uses.filter(({ words }) => words[0] === command);
}
