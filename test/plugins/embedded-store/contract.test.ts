import { storeContract } from '../../contracts/store.ts';
import { schemaSuite } from '../../helpers/schema-suite.ts';
import { makeFolder, openStore } from './folder.ts';

storeContract('embeddedStore', async () => {
  const folder = await makeFolder();
  const store = openStore(folder.path);
  return {
    store,
    reopen: async () => openStore(folder.path),
    async dispose() {
      await store.close();
      await folder.dispose();
    },
  };
});

schemaSuite('embeddedStore', async () => {
  const folder = await makeFolder();
  const store = openStore(folder.path);
  return {
    store,
    async dispose() {
      await store.close();
      await folder.dispose();
    },
  };
});
