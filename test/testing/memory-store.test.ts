import { storeContract } from '../contracts/store.ts';
import { memoryStore } from './memory-store.ts';

storeContract('memoryStore', async () => {
  const store = memoryStore();
  return { store, reopen: async () => store.reopen(), dispose: () => store.close() };
});
