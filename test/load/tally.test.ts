import { describe, expect, it } from 'vitest';
import { type Attempt, brokenBounds, type Fate, mayRetry, summarize } from './tally.ts';

const answered: Attempt = { method: 'GET', reused: true, bytes: 10 };
const closed: Attempt = { ...answered, bytes: 0, failure: 'ECONNRESET' };
const fate = (change: Partial<Fate>): Fate => ({
  kind: 'keep-alive',
  began: 0,
  ended: 1,
  first: answered,
  ...change,
});

describe('a browser sends again', () => {
  it.each([
    { what: 'a GET on a used connection that was closed without a byte', attempt: closed, again: true },
    { what: 'nothing that was answered', attempt: answered, again: false },
    { what: 'nothing on a new connection', attempt: { ...closed, reused: false }, again: false },
    { what: 'nothing of which a byte was answered', attempt: { ...closed, bytes: 1 }, again: false },
    { what: 'no POST', attempt: { ...closed, method: 'POST' as const }, again: false },
  ])('$what', ({ attempt, again }) => expect(mayRetry(attempt)).toBe(again));
});

describe('the summary', () => {
  it('counts for clients that never retry, and for those that do', () => {
    const fates = [
      fate({}),
      fate({ first: closed, second: answered }),
      fate({ first: closed, second: { ...closed, failure: 'ECONNREFUSED' } }),
      fate({ kind: 'upload', first: { ...closed, method: 'POST' } }),
    ];
    const summary = summarize(fates);
    expect(summary).toMatchObject({ requests: 4, lost: 3, lostWithRetry: 2 });
    expect(summary.byKind['upload']).toEqual({ requests: 1, lost: 1, lostWithRetry: 1 });
    expect(summary.reasons).toEqual([
      'keep-alive: ECONNRESET',
      'keep-alive: ECONNREFUSED',
      'upload: ECONNRESET',
    ]);
  });

  it('has the longest time without an answer to a short request, the ends included', () => {
    const at = (began: number, ended: number, change: Partial<Fate> = {}) =>
      fate({ began, ended, ...change });
    expect(summarize([at(0, 10), at(10, 25), at(25, 90, { first: closed }), at(20, 30)]).longestGap).toBe(60);
    expect(summarize([at(0, 10), at(5, 500, { kind: 'slow' })]).longestGap).toBe(10);
  });
});

describe('the bounds', () => {
  const count = (requests: number, lost: number, lostWithRetry = 0) => ({ requests, lost, lostWithRetry });

  it.each([
    { what: 'nothing lost', given: count(100, 0), reloaded: false, broken: 0 },
    { what: 'one lost, without a reload', given: count(100_000, 1), reloaded: false, broken: 1 },
    { what: 'one in 10,000 lost, with reloads', given: count(10_000, 1), reloaded: true, broken: 0 },
    { what: 'one in fewer lost, with reloads', given: count(9_999, 1), reloaded: true, broken: 1 },
    { what: 'one lost after a retry', given: count(100_000, 1, 1), reloaded: true, broken: 1 },
    { what: 'no request at all', given: count(0, 0), reloaded: true, broken: 1 },
  ])('$what', ({ given, reloaded, broken }) => expect(brokenBounds(given, reloaded)).toHaveLength(broken));
});
