/** Raises one counter by compare-and-set, so many times: `count-up.ts <folder> <times>`. */
import { openStore } from '../folder.ts';

const [folder = '', times = '0'] = process.argv.slice(2);
const key = 'octohost-state/counter';
const store = openStore(folder);
for (let done = 0; done < Number(times); ) {
  const entry = await store.get(key);
  const value = String(Number(entry?.value ?? 0) + 1);
  const result = await store.transact([{ kind: 'set', key, value, expect: entry?.version ?? 'absent' }]);
  if (result.done) done++;
}
await store.close();
