import { expect, it } from 'vitest';
import { keys } from '../../core/keys.ts';
import { withSchema } from '../../core/schema.ts';
import { schemaSuite } from '../helpers/schema-suite.ts';
import { testEngine } from '../helpers/world.ts';
import { memoryStore } from '../testing/memory-store.ts';

schemaSuite('memory', async () => {
  const store = memoryStore();
  return { store, dispose: () => store.close() };
});

it('is refused where the record of the version is none', async () => {
  const store = memoryStore();
  await store.transact([{ kind: 'set', key: keys.schema, value: '{"version":"two"}' }]);
  await expect(withSchema(store, { octohost: '1.0.0' }).get('octohost/x')).rejects.toMatchObject({
    code: 'E_STATE',
  });
});

it('is what the engine and its plugins use the store through', async () => {
  const world = testEngine();
  await world.roles.store.transact([
    { kind: 'set', key: keys.schema, value: '{"version":99,"octohost":"9.9.9"}' },
  ]);
  await expect(world.engine.sites()).rejects.toMatchObject({
    code: 'E_SCHEMA_NEWER',
    message: expect.stringContaining('9.9.9'),
  });
  await world.dispose();
});
