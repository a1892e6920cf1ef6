import { describe, expect, it } from 'vitest';
import { apiVersion } from '../../core/api-version.ts';
import { resolveConfig } from '../../core/config.ts';
import { openEngine } from '../../core/open.ts';
import type { Plugin } from '../../core/plugin.ts';
import { missingProviders, shapeProblems, surplusProviders } from '../../core/plugin-problems.ts';
import { memoryPlugins, memoryRegistrar, memoryRouter } from '../testing.ts';

const whole = ['builder', 'runtime', 'store', 'registrar', 'router'].map((role) => ({
  role,
  plugin: `p-${role}`,
}));

describe('the providers of an engine', () => {
  it('are complete without a publisher', () => {
    expect([...missingProviders(whole), ...surplusProviders(whole)]).toEqual([]);
  });

  it('that are missing are all named at once', () => {
    expect(missingProviders([])).toEqual(
      ['builder', 'runtime', 'store', 'registrar', 'router'].map(
        (role) => `No plugin provides the role ${role}.`,
      ),
    );
  });

  it('may be several builders, and only one of the others', () => {
    const doubled = [
      ...whole,
      { role: 'builder', plugin: 'static' },
      { role: 'router', plugin: 'caddy' },
      { role: 'publisher', plugin: 'a' },
      { role: 'publisher', plugin: 'b' },
    ];
    expect(surplusProviders(doubled)).toEqual([
      'The role router is provided by p-router and caddy: keep one of them.',
      'The role publisher is provided by a and b: keep one of them.',
    ]);
  });

  it('of a role that does not exist are refused', () => {
    expect(surplusProviders([...whole, { role: 'routr', plugin: 'x' }])).toEqual([
      expect.stringMatching(/x provides routr/),
    ]);
  });
});

describe('the plugins list', () => {
  it.each([
    {
      what: 'a factory that was not called',
      entry: function nginx() {},
      says: /is a function: call it, nginx\(\)/,
    },
    { what: 'null', entry: null, says: /is null/ },
    { what: 'a list', entry: [], says: /spread it, \.\.\.entry/ },
    { what: 'a promise', entry: Promise.resolve(), says: /write await/ },
    {
      what: 'a provider',
      entry: memoryRouter(),
      says: /is a router, not a plugin: .*setup: \(\{ provide \}\) => provide\('router', entry\)/,
    },
    { what: 'a plugin without a name', entry: { setup() {} }, says: /no valid name/ },
    { what: 'a plugin without setup', entry: { name: 'x' }, says: /has no setup/ },
    {
      what: 'a plugin of a later API',
      entry: { name: 'x', setup() {}, api: '^2.1.0' },
      says: new RegExp(`\\(x\\) needs the API \\^2\\.1\\.0, and this octohost has ${apiVersion}`),
    },
    {
      what: 'a plugin with a range that is none',
      entry: { name: 'x', setup() {}, api: 'newest please' },
      says: /no range: write api: '\^1\.0\.0'/,
    },
    { what: 'a range that is no text', entry: { name: 'x', setup() {}, api: 1 }, says: /no range/ },
  ])('with $what says so', ({ entry, says }) => {
    expect(shapeProblems([entry])).toEqual([expect.stringMatching(says)]);
  });

  it('takes a plugin whose range has this API', () => {
    const plugins = ['^1.0.0', '>=1 <3', '*'].map((api, index) => ({ name: `p${index}`, api, setup() {} }));
    expect(shapeProblems(plugins)).toEqual([]);
  });

  it('with a name twice says so', () => {
    const plugin = { name: 'x', setup() {} };
    expect(shapeProblems([plugin, plugin])).toEqual(['The plugin x stands 2 times in the list.']);
  });
});

function open(...plugins: Plugin[]) {
  const config = resolveConfig({ plugins }, '/octohost.config.ts');
  return () =>
    openEngine({
      config,
      environment: {},
      process: { version: '0.0.0', pid: 1, host: 'h', cores: 1, isAlive: () => true },
    });
}

function untyped(name: string, setup: (api: never) => unknown): Plugin {
  return { name, setup };
}

/** As a plugin sees the API that was written without types. */
type Loose = {
  hooks: Record<string, { tap(name: string, run: unknown, options?: object): void }>;
  provide(role: string, provider: unknown): void;
};

describe('an engine that opens', () => {
  it('names everything that is wrong with its plugins at once', () => {
    const plugins = [
      ...memoryPlugins(),
      untyped('typo', ({ hooks }: Loose) => {
        hooks['routd']?.tap('a', () => {});
        hooks['modifyEnv']?.tap('b', () => {});
      }),
      untyped('second', ({ provide }: Loose) => provide('router', memoryRouter())),
      untyped('confused', ({ provide }: Loose) => provide('publisher', memoryRegistrar())),
      untyped('half', ({ provide }: Loose) => provide('builder', { builds: 'x', build() {} })),
      untyped('empty', ({ provide }: Loose) => provide('builder', null)),
      untyped('later', async () => {}),
      untyped('broken', () => {
        throw new Error('no key');
      }),
    ];
    expect(open(...plugins)).toThrow(
      expect.objectContaining({
        code: 'E_PLUGINS',
        details: [
          expect.stringMatching(/later failed in its setup.*asynchronous/),
          expect.stringMatching(/broken failed in its setup: no key/),
          'The plugin typo taps routd, which is no hook: write hooks.routed.',
          expect.stringMatching(/typo taps modifyEnv, which is no hook/),
          'The role router is provided by memory-router and second: keep one of them.',
          'The role publisher is provided by memory-publisher and confused: keep one of them.',
          "The plugin confused provides as publisher a registrar: write provide('registrar', …).",
          'The plugin half provides as builder an object without accepts, declares, has, discard, list.',
          'The plugin empty provides as builder null, not an object.',
        ],
      }),
    );
  });

  it('leaves the error of a single plugin as it is', () => {
    const broken = untyped('broken', () => {
      throw new Error('no key');
    });
    expect(open(...memoryPlugins(), broken)).toThrow(expect.objectContaining({ code: 'E_PLUGIN_SETUP' }));
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 3_000_000])(
    'refuses a tap limit of %d seconds',
    (seconds) => {
      const plugin = untyped('odd', ({ hooks }: Loose) =>
        hooks['routed']?.tap('x', () => {}, { timeoutSeconds: seconds }),
      );
      expect(open(...memoryPlugins(), plugin)).toThrow(/odd:x on routed has the timeoutSeconds/);
    },
  );
});
