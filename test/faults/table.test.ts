import { expect, it } from 'vitest';
import { type Round, tableLines } from './table.ts';

const round = (kind: string, point: string, mode: Round['mode'], whole = true): Round => ({
  kind,
  point,
  mode,
  whole,
});

it('the table counts points, kills and throws of each kind, and says how many were whole', () => {
  const rounds = [
    round('push', 'a', 'kill before'),
    round('push', 'a', 'throw after'),
    round('push', 'b', 'kill after'),
    round('rollback', 'a', 'kill before', false),
  ];
  expect(tableLines(rounds)).toEqual([
    '               points    kills   throws    whole',
    'push                2        2        1      all',
    'rollback            1        1        0        0',
    'all                 3        3        1        3',
  ]);
});
