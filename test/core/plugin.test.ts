import { describe, expect, it } from 'vitest';
import { roleProblems, shapeProblems } from '../../core/plugin.ts';

const whole = ['builder', 'runtime', 'store', 'registrar', 'router'].map((role) => ({
  role,
  plugin: `p-${role}`,
}));

describe('the providers of an engine', () => {
  it('are complete without a publisher', () => {
    expect(roleProblems(whole)).toEqual([]);
  });

  it('that are missing are all named at once', () => {
    expect(roleProblems([])).toEqual(
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
    expect(roleProblems(doubled)).toEqual([
      'The role router is provided by p-router and caddy: keep one of them.',
      'The role publisher is provided by a and b: keep one of them.',
    ]);
  });

  it('of a role that does not exist are refused', () => {
    expect(roleProblems([...whole, { role: 'routr', plugin: 'x' }])).toEqual([
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
    { what: 'a plugin without a name', entry: { setup() {} }, says: /no valid name/ },
    { what: 'a plugin without setup', entry: { name: 'x' }, says: /has no setup/ },
  ])('with $what says so', ({ entry, says }) => {
    expect(shapeProblems([entry])).toEqual([expect.stringMatching(says)]);
  });

  it('with a name twice says so', () => {
    const plugin = { name: 'x', setup() {} };
    expect(shapeProblems([plugin, plugin])).toEqual(['The plugin x stands 2 times in the list.']);
  });
});
