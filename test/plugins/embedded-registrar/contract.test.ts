import { registrarContract } from '../../contracts/registrar.ts';
import { memoryStore } from '../../testing/memory-store.ts';
import { makeFolder, openStore } from '../embedded-store/folder.ts';
import { registrarOn } from './provided.ts';

registrarContract('embeddedRegistrar on embeddedStore', async () => {
  const folder = await makeFolder();
  const store = openStore(folder.path);
  return {
    registrar: registrarOn(store),
    async dispose() {
      await store.close();
      await folder.dispose();
    },
  };
});

registrarContract('embeddedRegistrar on any store', async () => ({
  registrar: registrarOn(memoryStore()),
  dispose: async () => {},
}));
