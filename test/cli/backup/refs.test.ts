import { describe, expect, it } from 'vitest';
import { peersFirst } from '../../../cli/backup/peers-first.ts';
import { refsOfSites, refsToBring, settledRefs } from '../../../cli/backup/refs.ts';
import { parseBranchRef, parseRevision, parseSiteName, type Release } from '../../../core/index.ts';
import { makeRelease } from '../../contracts/fixture.ts';

const app = parseSiteName('app');
const branch = parseSiteName('app-x');
const [old, fresh] = ['1'.repeat(40), '2'.repeat(40)];
const image = { id: '', ports: [], volumes: [] };
const main = { repository: app, ref: parseBranchRef('refs/heads/main') };
const releaseOf = (revision: string, facts: Partial<Release> = {}) =>
  makeRelease(app, image, { number: 2, revision: parseRevision(revision), origin: main, ...facts });
const pushed = new Map([
  ['refs/heads/main', old],
  ['refs/octohost/pending/0/heads/main', fresh],
  ['refs/octohost/releases/app/1', old],
]);

describe('refs amid a push', () => {
  it('are those of after it, once its release is current', () => {
    expect(Object.fromEntries(settledRefs(app, pushed, () => releaseOf(fresh)))).toEqual({
      'refs/heads/main': fresh,
      'refs/octohost/releases/app/1': old,
      'refs/octohost/releases/app/2': fresh,
    });
  });

  it.each([
    { what: 'its release is not current', current: releaseOf(old) },
    { what: 'the site has none', current: undefined },
    {
      what: 'the site is of another branch',
      current: releaseOf(fresh, { origin: { ...main, ref: parseBranchRef('refs/heads/x') } }),
    },
  ])('are those of before it while $what', ({ current }) => {
    expect(Object.fromEntries(settledRefs(app, pushed, () => current))).toEqual({
      'refs/heads/main': old,
      'refs/octohost/releases/app/1': old,
    });
  });
});

it('of one site are its branch and its releases; tags are with the main one', () => {
  const refs = new Map(
    [
      'refs/heads/main',
      'refs/heads/x',
      'refs/tags/v1',
      'refs/octohost/releases/app/1',
      'refs/octohost/releases/app-x/1',
    ].map((ref) => [ref, old] as const),
  );
  const of = (...sites: (typeof app)[]) => [...refsOfSites(app, refs, sites).keys()];
  expect(of(app)).toEqual(['refs/heads/main', 'refs/tags/v1', 'refs/octohost/releases/app/1']);
  expect(of(branch)).toEqual(['refs/heads/x', 'refs/octohost/releases/app-x/1']);
  expect(of(parseSiteName('other'))).toEqual([]);
});

describe('refs that are brought', () => {
  const wanted = { 'refs/heads/main': old, 'refs/heads/x': old };

  it('are those that are not here', () => {
    const here = new Map([['refs/heads/main', old]]);
    expect(refsToBring(app, wanted, here, [app, branch])).toEqual({
      missing: { 'refs/heads/x': old },
      conflicts: [],
    });
  });

  it('stand against others of a site that is restored, and leave those of one that is here already', () => {
    const here = new Map([
      ['refs/heads/main', fresh],
      ['refs/heads/x', fresh],
    ]);
    expect(refsToBring(app, wanted, here, [branch])).toEqual({ missing: {}, conflicts: ['refs/heads/x'] });
  });
});

it('sites come after those that they are tied to', () => {
  const tied = (name: string, ...peers: string[]) => {
    const links = peers.map((peer) => ({ site: parseSiteName(peer), instance: '', alias: peer }));
    const site = parseSiteName(name);
    return {
      site,
      release: makeRelease(site, image, { run: { ports: [], volumes: [], generation: 1, links } }),
    };
  };
  const order = (...sites: ReturnType<typeof tied>[]) => peersFirst(sites).map(({ site }) => site);
  expect(order(tied('a', 'b'), tied('b', 'c'), tied('c'))).toEqual(['c', 'b', 'a']);
  expect(order(tied('a'), tied('b'))).toEqual(['a', 'b']);
  expect(order(tied('a', 'b'), tied('b', 'a'))).toEqual(['b', 'a']);
});
