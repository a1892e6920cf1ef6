import { describe, expect, it } from 'vitest';
import { importsOf, stubOf, withoutBroken, withoutLeft } from '../../../cli/plugins/left-out.ts';
import { definePlugin, openEngine, type Plugin, resolveConfig } from '../../../core/index.ts';
import { memoryPlugins, testProcess } from '../../testing.ts';

describe('the imports of a configuration file', () => {
  it.each([
    { text: "import { smoke } from './smoke.ts';", names: ['smoke'] },
    { text: "import mail, { type Options, send as tell } from './smoke.ts';", names: ['default', 'send'] },
    { text: "import * as all from './smoke.ts';", names: [] },
    { text: "import {\n  a,\n  b,\n} from './smoke.ts';", names: ['a', 'b'] },
    { text: "import './smoke.ts';", names: [] },
  ])('are read: $text', ({ text, names }) => {
    expect(importsOf(`// a line\n${text}\nexport default 1;\n`)).toEqual([
      { specifier: './smoke.ts', names },
    ]);
  });

  it('of types alone load nothing', () => {
    expect(importsOf("import type { X } from './x.ts';\nconst text = `import`;\n")).toEqual([]);
  });
});

it('what stands for a module that cannot be loaded makes plugins that are taken away', async () => {
  const stub = (await import(/* @vite-ignore */ stubOf(['smoke', 'default']))) as Record<
    string,
    () => unknown
  >;
  const sound = { name: 'sound' };
  const given = { dataDir: '/x', plugins: [stub['smoke']?.(), sound, stub['default']] };
  expect(withoutLeft(given)).toEqual({ dataDir: '/x', plugins: [sound] });
  expect(withoutLeft('nothing')).toBe('nothing');
});

describe('plugins that make no engine', () => {
  const throwing = definePlugin({
    name: 'throwing',
    setup() {
      throw new Error('no');
    },
  });
  const old = definePlugin({ name: 'old', api: '^99.0.0', setup() {} });
  const unknownHook = definePlugin({
    name: 'unknown',
    setup: ({ hooks }) => (hooks as unknown as { x: { tap(): void } }).x.tap(),
  });
  const sound = definePlugin({ name: 'sound', setup() {} });
  const tryOut = (config: ReturnType<typeof resolveConfig>) =>
    void openEngine({ config, environment: {}, process: testProcess });
  const resolve = (plugins: readonly Plugin[]) => resolveConfig({ plugins }, '/nowhere/octohost.config.ts');

  it.each([{ broken: [throwing] }, { broken: [old] }, { broken: [throwing, old, unknownHook] }])(
    'are left out, and no other: $broken',
    ({ broken }) => {
      const { config, left } = withoutBroken(resolve([...memoryPlugins(), ...broken, sound]), tryOut);
      expect(left.toSorted()).toEqual(broken.map(({ name }) => name).toSorted());
      expect(config.plugins.at(-1)).toBe(sound);
    },
  );

  it('stay where nobody else does what they do: the error says it', () => {
    const plugins = memoryPlugins().map((plugin) =>
      plugin.name === 'memory-store' ? { ...throwing, name: 'memory-store' } : plugin,
    );
    const config = resolve(plugins);
    expect(withoutBroken(config, tryOut)).toEqual({ config, left: [] });
  });
});
