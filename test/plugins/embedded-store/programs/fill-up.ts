/** Writes until the file may grow no more, then shows what became of it: `fill-up.ts <folder>`. */
import { isOctohostError } from '../../../../core/index.ts';
import { openStore } from '../folder.ts';

const [folder = ''] = process.argv.slice(2);
const store = openStore(folder);
const prefix = 'octohost-state/fill/';
let written = 0;
let failure: { code: string; hint: string } | undefined;
while (!failure && written < 1_000) {
  const operations = ['a', 'b'].map(
    (half) => ({ kind: 'set', key: `${prefix}${written}${half}`, value: 'v'.repeat(20_000) }) as const,
  );
  try {
    await store.transact(operations);
    written++;
  } catch (error) {
    if (!isOctohostError(error)) throw error;
    failure = { code: error.code, hint: error.hint };
  }
}
const entries = (await store.list(prefix)).length;
process.stdout.write(JSON.stringify({ failure, written, entries }));
