/** What the plugin guide shows compiles and runs: a tap on every hook, and another provider of every role. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  lifecycle,
  modifiers,
  openEngine,
  type Plugin,
  parseSiteName,
  resolveConfig,
  roleCounts,
} from '../../core/index.ts';
import { type CodeFolder, codeFolder, typescriptBlocks } from '../helpers/code-blocks.ts';
import { push, testEngine } from '../helpers/world.ts';
import { memoryPlugins, memoryPublisher, memoryRoles } from '../testing.ts';

const guide = readFileSync(new URL('../../plugins/WRITING.md', import.meta.url), 'utf8');
const site = parseSiteName('app');
const roles = Object.keys(roleCounts) as (keyof typeof roleCounts)[];
let code: CodeFolder;
beforeAll(async () => {
  code = await codeFolder(typescriptBlocks(guide));
});
afterAll(() => code.dispose());

it('the code of the guide compiles', async () => {
  expect(await code.compile()).toEqual([]);
});

it('shows a tap on every hook, and each is told', async () => {
  const { auditTrail } = await import(code.files[0] as string);
  const lines: string[] = [];
  const world = testEngine({
    publisher: memoryPublisher(),
    more: [auditTrail((line: string) => void lines.push(line))],
  });
  try {
    await world.engine.deploy([push(site)], world.operation());
    expect(lines).toEqual([
      ...['received', 'built', 'started', 'registered', 'routed', 'published'].map((hook) => `${hook} app`),
      'settled app: current',
    ]);
    const [, block = ''] = /```ts\n([\s\S]*?)```/.exec(guide) ?? [];
    for (const hook of [...Object.keys(lifecycle), ...Object.keys(modifiers)])
      expect(block).toContain(`hooks.${hook}.tap(`);
  } finally {
    await world.dispose();
  }
});

describe.each(roles)('the role %s', (role) => {
  it('is taken by another provider that stands in the list in place of the first', async () => {
    const { providers } = await import(code.files[1] as string);
    const own = memoryRoles();
    const first = memoryPlugins(own).filter(({ name }) => name !== `memory-${role}`);
    const other = watched(providers[role]() as Plugin);
    const config = resolveConfig({ plugins: [...first, other.plugin] }, '/nowhere/octohost.config.ts');
    const facts = { version: '0.0.0', pid: process.pid, host: 'test', cores: 2, isAlive: () => true };
    const engine = openEngine({ config, environment: {}, process: facts });
    const reporter = { deploy() {}, begin() {}, end() {}, output() {}, warn() {} };
    const signal = new AbortController().signal;
    try {
      const [outcome] = await engine.deploy([push(site)], { actor: 'me', signal, reporter });
      expect(outcome?.release.number).toBe(1);
      expect(other.calls()).toBeGreaterThan(0);
      expect(own[role].calls).toEqual([]);
    } finally {
      await engine.close();
      await own.runtime.dispose();
      await other.dispose();
    }
  });
});

/** The plugin, and how often its provider was called. */
function watched(plugin: Plugin) {
  let given: { calls: readonly unknown[]; dispose?: () => Promise<void> } | undefined;
  return {
    calls: () => given?.calls.length ?? 0,
    dispose: async () => given?.dispose?.(),
    plugin: {
      ...plugin,
      setup: (api) =>
        plugin.setup({
          ...api,
          provide(role, provider) {
            given = provider as never;
            api.provide(role, provider);
          },
        }),
    } satisfies Plugin,
  };
}
