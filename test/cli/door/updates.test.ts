import { describe, expect, it } from 'vitest';
import type { Update } from '../../../cli/door/hook-request.ts';
import {
  arrivals,
  type Held,
  readDeletions,
  refuseConflicts,
  refuseMoved,
  sitesOf,
  sortUpdates,
  takesFrom,
} from '../../../cli/door/updates.ts';
import {
  type Origin,
  parseBranchRef,
  parseRevision,
  parseSiteName,
  type SiteName,
} from '../../../core/index.ts';

const none = parseRevision('0'.repeat(40));
const one = parseRevision('1'.repeat(40));
const two = parseRevision('2'.repeat(40));
const three = parseRevision('3'.repeat(40));
const app = parseSiteName('app');
const update = (ref: string, after = one, before = none): Update => ({ ref, before, after });
const branches = (...names: string[]) => names.map((name) => update(`refs/heads/${name}`));
const deletion = (name: string) => update(`refs/heads/${name}`, none, one);
const origin = (branch: string, repository = 'app'): Origin => ({
  repository: parseSiteName(repository),
  ref: parseBranchRef(`refs/heads/${branch}`),
});
const held = (from: Origin, more: Partial<Held> = {}): Held => ({
  origin: from,
  exists: true,
  stopped: false,
  ...more,
});

describe('what is pushed', () => {
  it('main is the site itself, another branch a site of its own', () => {
    const { targets } = sortUpdates(app, [update('refs/heads/main'), update('refs/heads/Feature/X', two)]);
    expect(targets.map(({ site, revision }) => [site, revision])).toEqual([
      ['app', one],
      ['app-feature-x', two],
    ]);
  });

  it('is told by the sites that it goes to', () => {
    const pushed = sortUpdates(app, [
      update('refs/heads/Feature/X', two),
      update('refs/tags/v1'),
      deletion('old'),
    ]);
    expect(arrivals(pushed)).toEqual([
      { site: 'app-feature-x', line: '       app-feature-x: Feature/X at 2222222' },
    ]);
  });

  it('tags and notes are kept and make no site', () => {
    const pushed = sortUpdates(app, [
      update('refs/tags/v1'),
      update('refs/notes/commits'),
      ...branches('main'),
    ]);
    expect(pushed.kept).toEqual(['refs/tags/v1', 'refs/notes/commits']);
    expect(sitesOf(pushed)).toEqual(['app']);
  });

  it('a branch may be deleted whose name makes no site', () => {
    const { deletions } = sortUpdates(app, [deletion('main'), deletion('ümlaut')]);
    expect(deletions).toEqual([{ ref: 'refs/heads/main', site: 'app' }, { ref: 'refs/heads/ümlaut' }]);
  });

  it.each([
    { what: 'main and master', updates: branches('main', 'master'), code: 'E_PUSH_SAME_SITE' },
    { what: 'a/b and a-b', updates: branches('a/b', 'a-b'), code: 'E_PUSH_SAME_SITE' },
    { what: 'X and x', updates: branches('X', 'x'), code: 'E_PUSH_SAME_SITE' },
    { what: 'a branch that makes no name', updates: branches('a..b'), code: 'E_REF' },
    { what: 'a branch with a strange letter', updates: branches('ümlaut'), code: 'E_PUSH_NAME' },
    { what: 'a branch that makes too long a name', updates: branches('x'.repeat(60)), code: 'E_PUSH_NAME' },
    {
      what: 'very many branches',
      updates: branches(...Array.from({ length: 31 }, (_, index) => `b${index}`)),
      code: 'E_PUSH_MANY',
    },
    { what: 'a ref for review', updates: [update('refs/for/main')], code: 'E_PUSH_REF' },
  ])('$what: refused', ({ updates, code }) => {
    expect(() => sortUpdates(app, updates)).toThrow(expect.objectContaining({ code }));
  });
});

it('a branch that makes no name is told another one', () => {
  expect(() => sortUpdates(app, branches('Release/1.0'))).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('Release/1.0:release-1-0') }),
  );
});

describe('branches that git cannot keep side by side', () => {
  it.each([
    { what: 'a folder of one that is there', names: ['feature/x'], there: ['refs/heads/feature'] },
    { what: 'one of which a folder is there', names: ['feature'], there: ['refs/heads/feature/x'] },
    { what: 'both in one push', names: ['feature', 'feature/x'], there: [] },
  ])('$what: refused before any work', ({ names, there }) => {
    expect(() => refuseConflicts(branches(...names), there)).toThrow(
      expect.objectContaining({ code: 'E_PUSH_BESIDE' }),
    );
  });

  it('names that merely begin alike are fine', () => {
    expect(() =>
      refuseConflicts(branches('feature-x'), ['refs/heads/feature', 'refs/heads/feature-x']),
    ).not.toThrow();
  });
});

describe('a ref that is no more what the pusher saw', () => {
  const refs = new Map([['refs/heads/main', one]]);

  it.each([
    { what: 'moved', pushed: update('refs/heads/main', three, two) },
    { what: 'was made', pushed: update('refs/heads/main', two, none) },
    { what: 'was moved, and is to be deleted', pushed: update('refs/heads/main', none, two) },
    { what: 'was deleted', pushed: update('refs/heads/gone', two, one) },
  ])('$what: refused', ({ pushed }) => {
    expect(() => refuseMoved([pushed], refs)).toThrow(expect.objectContaining({ code: 'E_PUSH_MOVED' }));
  });

  it('has moved to what is pushed: said so', () => {
    const pushed = [update('refs/heads/main', one, two)];
    expect(() => refuseMoved(pushed, refs)).toThrow(expect.objectContaining({ code: 'E_PUSH_THERE' }));
  });

  it('is fine where it is as it was', () => {
    const still = [update('refs/heads/main', two, one), update('refs/heads/new')];
    expect(() => refuseMoved(still, refs)).not.toThrow();
  });
});

describe('a branch that takes the place of another', () => {
  const taking = (names: readonly string[], now: Held | undefined, more: readonly Update[] = []) => {
    const pushed = sortUpdates(app, [...branches(...names), ...more]);
    const [target] = pushed.targets;
    return target && takesFrom(target, pushed, now);
  };
  const main = origin('main');

  it.each([
    { what: 'master alone, of main', names: ['master'], now: held(main) },
    {
      what: 'master, while main is deleted',
      names: ['master', 'x'],
      now: held(main),
      more: [deletion('main')],
    },
    { what: 'a-b, while a/b is deleted', names: ['a-b'], now: held(origin('a/b')), more: [deletion('a/b')] },
    { what: 'a-b, when a/b is gone', names: ['a-b'], now: held(origin('a/b'), { exists: false }) },
    {
      what: 'main, when the branch of another repository is gone',
      names: ['main'],
      now: held(origin('x', 'other'), { exists: false }),
    },
  ])('$what: may', ({ names, now, more }) => {
    expect(taking(names, now, more)).toEqual(now.origin);
  });

  it.each([
    { what: 'of none', names: ['master'], now: undefined },
    { what: 'master beside others, of main', names: ['master', 'x'], now: held(main) },
    { what: 'a-b, of a/b', names: ['a-b'], now: held(origin('a/b')) },
    { what: 'main, of a branch of another repository', names: ['main'], now: held(origin('x', 'other')) },
    {
      what: 'main, of a branch of another repository that is named like one that is deleted here',
      names: ['main'],
      now: held(origin('x', 'other')),
      more: [deletion('x')],
    },
  ])('$what: may not', ({ names, now, more }) => {
    expect(taking(names, now, more)).toBeUndefined();
  });
});

describe('a branch that is deleted', () => {
  const deleting = (updates: readonly Update[], ...now: [string, Held][]) =>
    readDeletions(app, sortUpdates(app, updates), new Map(now as [SiteName, Held][]));

  it('stops the site that it deploys, and says what stays', () => {
    const { stops, remarks } = deleting([deletion('x')], ['app-x', held(origin('x'))]);
    expect(stops).toEqual(['app-x']);
    expect(remarks).toEqual([expect.stringContaining('octo remove app-x')]);
  });

  it.each([
    { what: 'that never made a site', now: [] },
    { what: 'whose site another branch deploys', now: [['app-x', held(origin('X'))]] },
    { what: 'whose site is stopped', now: [['app-x', held(origin('x'), { stopped: true })]] },
    { what: 'whose name another repository has', now: [['app-x', held(origin('x', 'other'))]] },
  ] as { what: string; now: [string, Held][] }[])('$what changes nothing, and says so', ({ now }) => {
    const { stops, remarks } = deleting([deletion('x')], ...now);
    expect(stops).toEqual([]);
    expect(remarks).toEqual([expect.stringContaining('nothing else changes')]);
  });

  it('leaves the site to a branch of the same push that takes its place', () => {
    const { stops } = deleting([deletion('main'), ...branches('master')], ['app', held(origin('main'))]);
    expect(stops).toEqual([]);
  });
});
