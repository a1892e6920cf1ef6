import { describe, expect, it } from 'vitest';
import { uncovered } from './completeness.ts';
import type { Passage } from './fault.ts';
import type { Change } from './system-calls.ts';

const point: Passage = { program: 'door:serve', name: 'router.apply', pid: 10, began: 1000, ended: 2000 };
const change = (more: Partial<Change> = {}): Change => ({
  at: 1500,
  lineage: [10],
  call: 'rename',
  objects: ['/data/a', '/data/b'],
  ...more,
});

describe('a change', () => {
  it('within a point of its process, or of one that started that, is covered', () => {
    expect(uncovered([change(), change({ lineage: [12, 10] })], [], [point], [])).toEqual([]);
  });

  it('before or after it, or of another process, is named with the point that it follows', () => {
    const outside = [change({ at: 3000 }), change({ at: 900 }), change({ lineage: [11] })];
    expect(uncovered(outside, [], [point], [])).toEqual([
      'rename /data/a /data/b (after door:serve router.apply had begun)',
      'rename /data/a /data/b (before any point)',
      'rename /data/a /data/b (after door:serve router.apply had begun)',
    ]);
  });

  it("of a point's own child is covered whenever it comes", () => {
    expect(uncovered([change({ at: 9000, lineage: [77, 10] })], [], [{ ...point, child: 77 }], [])).toEqual(
      [],
    );
  });

  it('in a point that never ended is covered', () => {
    const { ended: _, ...open } = point;
    expect(uncovered([change({ at: 9000 })], [], [open], [])).toEqual([]);
  });

  it('is excused only where all that it changes is', () => {
    const harmless = [{ change: /^rename \/data\/a$/, reason: 'a test' }];
    expect(uncovered([change({ objects: ['/data/a'] })], [], [], harmless)).toEqual([]);
    expect(uncovered([change()], [], [], harmless)).toHaveLength(1);
  });
});

it('a request to the engine has to lie within some point', () => {
  const requests = [
    { at: 1500, asked: 'POST /containers/create' },
    { at: 2500, asked: 'DELETE /images/x' },
  ];
  expect(uncovered([], requests, [point], [])).toEqual([
    'DELETE /images/x (after door:serve router.apply had begun)',
  ]);
});
