import { expect, it } from 'vitest';
import { definePlugin, openEngine, parseSiteName, resolveConfig } from '../../core/index.ts';
import { memoryPlugins, memoryRoles } from './memory-plugins.ts';
import { memoryTree } from './memory-tree.ts';
import { testOperation, testProcess } from './operation.ts';

const loud = definePlugin({
  name: 'loud',
  setup({ hooks }) {
    hooks.received.tap('say', ({ actor }, { output }) => output(`taken from ${actor}`));
    hooks.routed.tap('fail', () => {
      throw new Error('no telephone');
    });
  },
});

it('tells what was said while it ran, with who asked', async () => {
  const roles = memoryRoles();
  const config = resolveConfig({ plugins: [...memoryPlugins(roles), loud] }, '/nowhere/octohost.config.ts');
  const engine = openEngine({ config, environment: {}, process: testProcess });
  const operation = testOperation({ actor: 'key alice' });
  const tree = memoryTree({ Dockerfile: 'FROM scratch\nEXPOSE 8080\n' });
  try {
    await engine.deploy([{ site: parseSiteName('app'), source: { kind: 'tree', tree } }], operation);
    expect(operation.told).toContain('taken from key alice');
    expect(operation.told).toContainEqual(expect.stringMatching(/^warning: .*no telephone/));
  } finally {
    await engine.close();
    await roles.runtime.dispose();
  }
});
