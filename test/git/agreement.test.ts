import { expect, it } from 'vitest';
import { disagreements, type Facts } from './agreement.ts';

const good: Facts = {
  repositories: {
    app: {
      'refs/heads/main': 'bbb',
      'refs/tags/v1': 'aaa',
      'refs/octohost/releases/app/1': 'aaa',
      'refs/octohost/releases/app/3': 'bbb',
    },
  },
  sites: {
    app: {
      state: 'up',
      current: 3,
      releases: [
        { number: 1, reason: 'deploy', revision: 'aaa' },
        { number: 2, reason: 'scale', revision: 'aaa' },
        { number: 3, reason: 'deploy', revision: 'bbb' },
      ],
    },
    folder: { state: 'up', current: 1, releases: [{ number: 1, reason: 'deploy' }] },
  },
};

const withRefs = (change: Record<string, string | undefined>): Facts => ({
  ...good,
  repositories: {
    app: Object.fromEntries(
      Object.entries({ ...good.repositories['app'], ...change }).filter(([, at]) => at !== undefined),
    ) as Record<string, string>,
  },
});

it('agrees with what octohost makes', () => {
  expect(disagreements(good)).toEqual([]);
});

it.each([
  ['a branch that moved without a release', { 'refs/heads/main': 'ccc' }, 2],
  ['a branch that did not move', { 'refs/heads/main': 'aaa' }, 1],
  ['a branch that is gone while the site serves', { 'refs/heads/main': undefined }, 1],
  ['a release that nothing keeps', { 'refs/octohost/releases/app/3': undefined }, 1],
  ['a kept release that is another', { 'refs/octohost/releases/app/1': 'bbb' }, 2],
  ['a kept release that does not exist', { 'refs/octohost/releases/app/9': 'bbb' }, 1],
  ['a branch of a site that does not exist', { 'refs/heads/next': 'bbb' }, 1],
])('sees %s', (_, change, problems) => {
  expect(disagreements(withRefs(change))).toHaveLength(problems);
});

it('sees releases of a repository that is not there', () => {
  expect(disagreements({ ...good, repositories: {} })).toEqual(['app: 0 repositories keep its releases']);
});

it('lets a stopped site be without a branch', () => {
  const { repositories, sites } = withRefs({ 'refs/heads/main': undefined });
  const stopped = { ...sites, app: { ...sites['app'], state: 'stopped' } } as Facts['sites'];
  expect(disagreements({ repositories, sites: stopped })).toEqual([]);
});
