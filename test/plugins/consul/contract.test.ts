/** The contracts of store and registrar on a real Consul. */
import { randomBytes } from 'node:crypto';
import { afterAll } from 'vitest';
import { registrarContract } from '../../contracts/registrar.ts';
import { storeContract } from '../../contracts/store.ts';
import { type ConsulLab, consulLab, provided } from '../../helpers/consul-lab.ts';
import { schemaSuite } from '../../helpers/schema-suite.ts';

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

let lab: Promise<ConsulLab> | undefined;
afterAll(async () => (await lab)?.dispose());

schemaSuite('consul', async () => {
  lab ??= consulLab();
  const { address } = await lab;
  const { store } = provided({ address, prefix: `octohost-${randomBytes(4).toString('hex')}` });
  return { store, dispose: () => store.close() };
});
