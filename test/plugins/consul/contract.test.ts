/** The contracts of store and registrar on a real Consul. */
import { registrarContract } from '../../contracts/registrar.ts';
import { storeContract } from '../../contracts/store.ts';
import { consulLab, provided } from '../../helpers/consul-lab.ts';

storeContract('consul', async () => {
  const { address, dispose } = await consulLab();
  const { store } = provided({ address });
  return {
    store,
    reopen: async () => provided({ address }).store,
    async dispose() {
      await store.close();
      await dispose();
    },
  };
});

registrarContract(
  'consul',
  async () => {
    const { address, dispose } = await consulLab();
    const { store, registrar } = provided({ address });
    return {
      registrar,
      async dispose() {
        await store.close();
        await dispose();
      },
    };
  },
  { health: true },
);
