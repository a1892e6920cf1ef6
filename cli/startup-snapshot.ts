/**
 * The program as the build takes a picture of it: every module is loaded, and nothing of the machine, the environment or
 * the command line is known yet. A process that starts from it need not load anything.
 */
import { resolve } from 'node:path';
import { startupSnapshot } from 'node:v8';
import { mapOwnModules } from './config-file.ts';
import { holdModules, type Modules } from './held-modules.ts';
import { main } from './main.ts';
import { placeProgram } from './program.ts';

/** Of plugins that few use: what they bring is large, and is not part of the program's one file. */
const later = new Set(['plugins/mysql/index', 'plugins/notify/index']);

/** @param modules all that a file of this program may be imported for */
export function takeStartupSnapshot(modules: Modules): void {
  holdModules(modules);
  for (const [name, load] of Object.entries(modules)) if (!later.has(name)) load();
  startupSnapshot.setDeserializeMainFunction(() => {
    placeProgram(resolve(process.argv[1] as string));
    mapOwnModules();
    void main();
  });
}
