/** Starts a watch and has nothing else to do: `watch-once.ts <folder>`. */
import { openStore } from '../folder.ts';

const [folder = ''] = process.argv.slice(2);
const store = openStore(folder);
const iterator = store.watch('octohost/', new AbortController().signal)[Symbol.asyncIterator]();
void iterator.next();
await store.get('octohost/app/KEY');
