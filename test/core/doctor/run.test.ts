import { expect, it } from 'vitest';
import { runPluginChecks } from '../../../core/doctor/doctor.ts';
import { loadedPlugins } from '../../../core/loaded-plugins.ts';
import { definePlugin } from '../../../core/plugin.ts';
import type { CheckFinding, PluginCheck } from '../../../core/plugin-command.ts';
import { testEngine } from '../../helpers/world.ts';

const { signal } = new AbortController();
const check = (name: string, run: PluginCheck['run']): PluginCheck => ({
  name,
  summary: `Looks at ${name}.`,
  run,
});
const checks = [
  check('answers', async () => ({ state: 'ok', message: 'It answers.' })),
  check('old', async () => ({ state: 'warning', message: 'It is old.', hint: 'Upgrade it.' })),
  check('throws', () => Promise.reject(new Error('no route'))),
  check('hangs', () => new Promise(() => {})),
  check('odd', async () => ({ state: 'great' }) as unknown as CheckFinding),
];
const use = { plugin: 'mysql', hooks: [], roles: [], checks };
const plugin = definePlugin({
  name: 'mysql',
  version: '1.2.3',
  api: '^1.0.0',
  setup({ hooks, ...api }) {
    for (const one of checks) api.check(one);
    hooks.routed.tap('a', () => {});
    hooks.routed.tap('b', () => {});
    hooks.modifySpec.tap('c', () => undefined);
  },
});

it('runs every check, and counts what throws, hangs or gives no finding as failed', async () => {
  const results = await runPluginChecks([use], signal, 0.05);
  expect(results.map(({ plugin: of, check: name, state }) => `${of} ${name} ${state}`)).toEqual([
    'mysql answers ok',
    'mysql old warning',
    'mysql throws failed',
    'mysql hangs failed',
    'mysql odd failed',
  ]);
  expect(results[0]).toEqual({
    plugin: 'mysql',
    check: 'answers',
    summary: 'Looks at answers.',
    state: 'ok',
    message: 'It answers.',
  });
  expect(results[1]).toMatchObject({ hint: 'Upgrade it.' });
  expect(results[2]).toMatchObject({ message: 'no route' });
  expect(results[3]?.message).toContain('longer than 0.05 s');
});

it('ends with its caller', async () => {
  await expect(runPluginChecks([use], AbortSignal.abort(new Error('enough')), 5)).rejects.toThrow('enough');
});

it('lists what each plugin brings', async () => {
  const world = testEngine({ more: [plugin] });
  const all = await world.engine.plugins();
  expect(all.find(({ name }) => name === 'memory-store')).toMatchObject({ roles: ['store'], hooks: [] });
  expect(all.at(-1)).toEqual({
    name: 'mysql',
    version: '1.2.3',
    api: '^1.0.0',
    hooks: ['routed', 'modifySpec'],
    roles: [],
    commands: [],
    checks: ['answers', 'old', 'throws', 'hangs', 'odd'],
  });
  expect(loadedPlugins([{ ...plugin, siteFile: {} as never }], [])[0]?.siteFile).toBe('plugins.mysql');
  await world.dispose();
});
