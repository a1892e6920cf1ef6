import { expect, it } from 'vitest';
import { type CheckedContract, tableLines } from './table.ts';

it('has a line for each provider of each role, with what it keeps and what it does not', () => {
  const check = (role: CheckedContract['role'], provider: string, kept = true) => ({ role, provider, kept });
  expect(
    tableLines([
      check('store', 'consul'),
      check('registrar', 'consul'),
      check('store', 'consul', false),
      check('registrar', 'memoryRegistrar'),
      check('store', 'consul'),
    ]),
  ).toEqual([
    'role       provider         checks  passed  failed',
    'registrar  consul                1       1       0',
    'registrar  memoryRegistrar       1       1       0',
    'store      consul                3       2       1',
    'all                              5       4       1',
  ]);
});
