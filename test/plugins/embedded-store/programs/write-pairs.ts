/** Writes transactions of 40 keys with one equal value until it is killed: `write-pairs.ts <folder>`. */
import { openStore } from '../folder.ts';

const [folder = ''] = process.argv.slice(2);
const store = openStore(folder);
const keys = Array.from({ length: 40 }, (_, index) => `octohost-state/pairs/${index}`);
for (let round = Date.now(); ; round++) {
  const value = `${round}:${'v'.repeat(2_000)}`;
  const result = await store.transact(keys.map((key) => ({ kind: 'set', key, value })));
  // Read by the test: what was told as done must be there after the kill.
  if (result.done) process.stdout.write(`${round}\n`);
}
