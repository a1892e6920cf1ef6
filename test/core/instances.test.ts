import { expect, it } from 'vitest';
import { parseSiteName } from '../../core/grammar.ts';
import { chooseInstances } from '../../core/instances.ts';
import type { Instance } from '../../core/release.ts';

const instance = (name: string, spec = 'same'): Instance => ({
  id: name,
  name,
  site: parseSiteName('app'),
  release: 1,
  deploy: 'd',
  spec,
  bindings: [],
});
const found = (name: string, more: { spec?: string; alive?: boolean } = {}) => ({
  instance: instance(name, more.spec),
  alive: more.alive ?? true,
});
const names = (instances: readonly Instance[]) => instances.map(({ name }) => name);

it.each([
  {
    what: 'of the same spec are kept, oldest first',
    all: [found('b'), found('a')],
    count: 2,
    kept: ['a', 'b'],
    others: [],
  },
  {
    what: 'beyond the count are let go, youngest first',
    all: [found('a'), found('b')],
    count: 1,
    kept: ['a'],
    others: ['b'],
  },
  {
    what: 'of another spec are let go',
    all: [found('a', { spec: 'old' }), found('b')],
    count: 2,
    kept: ['b'],
    others: ['a'],
  },
  {
    what: 'that ended are let go',
    all: [found('a', { alive: false }), found('b')],
    count: 2,
    kept: ['b'],
    others: ['a'],
  },
  {
    what: 'that retire are never taken back',
    all: [found('r'), found('z')],
    count: 2,
    kept: ['z'],
    others: ['r'],
  },
])('instances $what', ({ all, count, kept, others }) => {
  const chosen = chooseInstances({ spec: 'same', count }, all, new Set(['r']));
  expect({ kept: names(chosen.kept), others: names(chosen.others) }).toEqual({ kept, others });
});
