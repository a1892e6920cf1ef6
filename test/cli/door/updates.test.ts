import { describe, expect, it } from 'vitest';
import { parseHookRequest, refuseConflicts, targetsOf, type Update } from '../../../cli/door/updates.ts';
import { parseRevision, parseSiteName } from '../../../core/index.ts';

const none = parseRevision('0'.repeat(40));
const one = parseRevision('1'.repeat(40));
const two = parseRevision('2'.repeat(40));
const app = parseSiteName('app');
const update = (ref: string, after = one): Update => ({ ref, before: none, after });

describe("the hook's message", () => {
  it('gives where the pushed objects are and which refs move', () => {
    const text = [
      '/r/objects/incoming',
      '/r/objects',
      '/r/objects/incoming',
      `${none} ${one} refs/heads/main`,
      '',
    ].join('\n');
    expect(parseHookRequest(text)).toEqual({
      environment: {
        GIT_OBJECT_DIRECTORY: '/r/objects/incoming',
        GIT_ALTERNATE_OBJECT_DIRECTORIES: '/r/objects',
        GIT_QUARANTINE_PATH: '/r/objects/incoming',
      },
      updates: [{ before: none, after: one, ref: 'refs/heads/main' }],
    });
  });

  it('refuses what is not an object id', () => {
    expect(() => parseHookRequest(`\n\n\n${none} HEAD refs/heads/main`)).toThrow(
      expect.objectContaining({ code: 'E_REVISION' }),
    );
  });
});

describe('which sites a push deploys', () => {
  it('main is the site itself, another branch a site of its own', () => {
    const targets = targetsOf(app, [update('refs/heads/main'), update('refs/heads/Feature/X', two)]);
    expect(targets.map(({ site, revision }) => [site, revision])).toEqual([
      ['app', one],
      ['app-feature-x', two],
    ]);
  });

  it('a tag beside a branch deploys nothing', () => {
    expect(targetsOf(app, [update('refs/tags/v1'), update('refs/heads/main')])).toHaveLength(1);
  });

  it.each([
    { what: 'only tags', updates: [update('refs/tags/v1')], code: 'E_PUSH_NOTHING' },
    { what: 'a deletion', updates: [update('refs/heads/main', none)], code: 'E_PUSH_DELETES' },
    {
      what: 'main and master',
      updates: [update('refs/heads/main'), update('refs/heads/master')],
      code: 'E_PUSH_SAME_SITE',
    },
    { what: 'a branch that makes no name', updates: [update('refs/heads/a..b')], code: 'E_REF' },
    { what: 'a branch with a strange letter', updates: [update('refs/heads/ümlaut')], code: 'E_SITE_NAME' },
  ])('refuses $what', ({ updates, code }) => {
    expect(() => targetsOf(app, updates)).toThrow(expect.objectContaining({ code }));
  });
});

describe('branches that git cannot keep side by side', () => {
  const pushed = (...refs: string[]) =>
    targetsOf(
      app,
      refs.map((ref) => update(ref)),
    );

  it.each([
    { what: 'a folder of one that is there', refs: ['refs/heads/feature/x'], there: ['refs/heads/feature'] },
    { what: 'one of which a folder is there', refs: ['refs/heads/feature'], there: ['refs/heads/feature/x'] },
    { what: 'both in one push', refs: ['refs/heads/feature', 'refs/heads/feature/x'], there: [] },
  ])('$what: refused before any work', ({ refs, there }) => {
    expect(() => refuseConflicts(pushed(...refs), there)).toThrow(
      expect.objectContaining({ code: 'E_PUSH_BESIDE' }),
    );
  });

  it('names that merely begin alike are fine', () => {
    expect(() =>
      refuseConflicts(pushed('refs/heads/feature-x'), ['refs/heads/feature', 'refs/heads/feature-x']),
    ).not.toThrow();
  });
});
