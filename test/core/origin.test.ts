import { describe, expect, it } from 'vitest';
import { parseBranchRef, parseSiteName } from '../../core/grammar.ts';
import { nameOf, refuseForeign } from '../../core/origin.ts';
import type { Origin, Release } from '../../core/release.ts';
import { push } from '../helpers/world.ts';

const origin = (repository: string, branch: string): Origin => ({
  repository: parseSiteName(repository),
  ref: parseBranchRef(`refs/heads/${branch}`),
});
const releaseOf = (from?: Origin) => (from ? { origin: from } : {}) as Release;
const refusal = (site: string, current: Release | undefined, pushed: Origin, takesFrom?: Origin) => {
  const name = parseSiteName(site);
  try {
    refuseForeign(name, current, { ...push(name), origin: pushed, ...(takesFrom ? { takesFrom } : {}) });
    return undefined;
  } catch (error) {
    return error as Error & { code: string; hint: string };
  }
};

describe('a branch that is pushed', () => {
  it.each([
    { what: 'to a new site', site: 'app', current: undefined, pushed: origin('app', 'main') },
    {
      what: 'to the site that it deploys',
      site: 'app-a-b',
      current: releaseOf(origin('app', 'a/b')),
      pushed: origin('app', 'a/b'),
    },
    {
      what: 'as main to a site that was made without git',
      site: 'app',
      current: releaseOf(),
      pushed: origin('app', 'main'),
    },
    {
      what: 'as master to a site that was made without git',
      site: 'app',
      current: releaseOf(),
      pushed: origin('app', 'master'),
    },
  ])('$what is taken', ({ site, current, pushed }) => {
    expect(refusal(site, current, pushed)).toBeUndefined();
  });

  it.each([
    {
      what: 'beside another of the same repository that means the same site',
      site: 'app-a-b',
      held: origin('app', 'a/b'),
      pushed: origin('app', 'a-b'),
      hint: 'git push <remote> :a/b',
    },
    {
      what: 'and means the site of another repository',
      site: 'foo-bar',
      held: origin('foo-bar', 'main'),
      pushed: origin('foo', 'bar'),
      hint: 'octo remove foo-bar',
    },
    {
      what: 'to its own repository while a branch of another has the site',
      site: 'foo-bar',
      held: origin('foo', 'bar'),
      pushed: origin('foo-bar', 'main'),
      hint: 'octo remove foo-bar',
    },
    {
      what: 'and means a site that was made without git under its whole name',
      site: 'foo-bar',
      held: undefined,
      pushed: origin('foo', 'bar'),
      hint: 'octo remove foo-bar',
    },
    {
      what: 'as master, with others, where main deploys',
      site: 'app',
      held: origin('app', 'main'),
      pushed: origin('app', 'master'),
      hint: 'Push it alone',
    },
  ])('$what is refused, and told who has it', ({ site, held, pushed, hint }) => {
    const refused = refusal(site, releaseOf(held), pushed);
    expect(refused?.code).toBe('E_SITE_ORIGIN');
    expect(refused?.message).toContain(held ? nameOf(held) : 'without git');
    expect(refused?.hint).toContain(hint);
  });

  it('takes a site over from the branch that gives it up, and from no other', () => {
    const [main, master] = [origin('app', 'main'), origin('app', 'master')];
    expect(refusal('app', releaseOf(main), master, main)).toBeUndefined();
    expect(refusal('app', releaseOf(main), master, origin('app', 'x'))?.code).toBe('E_SITE_ORIGIN');
  });
});
