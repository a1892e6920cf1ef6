import { describe, expect, it } from 'vitest';
import { allows, type Right } from '../../core/access.ts';
import { parseSiteName, parseSitePattern } from '../../core/grammar.ts';

const grant = (right: Right, ...sites: string[]) => ({ right, sites: sites.map(parseSitePattern) });

describe('what a key may do', () => {
  it.each<[Right, Right, boolean]>([
    ['read', 'read', true],
    ['read', 'deploy', false],
    ['read', 'admin', false],
    ['deploy', 'read', true],
    ['deploy', 'deploy', true],
    ['deploy', 'admin', false],
    ['admin', 'read', true],
    ['admin', 'deploy', true],
    ['admin', 'admin', true],
  ])('with %s for all sites, %s of one and of none is %s', (has, wants, allowed) => {
    expect(allows(grant(has, '*'), wants, parseSiteName('app'))).toBe(allowed);
    expect(allows(grant(has, '*'), wants, undefined)).toBe(allowed);
  });

  it.each([
    { sites: ['app'], site: 'app', allowed: true },
    { sites: ['app'], site: 'app-x', allowed: false },
    { sites: ['app', 'shop-*'], site: 'shop-eu', allowed: true },
    { sites: ['app', 'shop-*'], site: 'shop', allowed: false },
    { sites: [], site: 'app', allowed: false },
  ])('with admin for $sites, $site is $allowed', ({ sites, site, allowed }) => {
    expect(allows(grant('admin', ...sites), 'admin', parseSiteName(site))).toBe(allowed);
  });

  it('what belongs to no site takes a right for all of them, and no list of patterns is that', () => {
    expect(allows(grant('admin', 'a*', '*a', '*-*'), 'admin', undefined)).toBe(false);
    expect(allows(grant('admin', 'app', '*'), 'admin', undefined)).toBe(true);
  });
});
