/** Whose a domain is: one claim each, made and given up with the pointer. */

import type { SiteDomain } from './domains.ts';
import { errors } from './error-catalogue.ts';
import { type Domain, isSiteName, type SiteName } from './grammar.ts';
import { keys } from './keys.ts';
import type { Origin, Release } from './release.ts';
import type { StoreOperation } from './roles.ts';
import type { World } from './world.ts';

/** A domain of the repository's own files that stays with another site of the same repository. */
export interface LeftDomain {
  readonly domain: Domain;
  readonly owner: SiteName;
}

/**
 * Every branch of a repository has the CNAME file and the site file of main: what another of its sites has is left to that one. For the
 * site of main or master nothing is left out.
 * @param beside domains that the same push gives to another site of the repository
 */
export async function leftToSiblings(
  world: World,
  site: SiteName,
  origin: Origin | undefined,
  declared: readonly SiteDomain[],
  beside: readonly LeftDomain[] = [],
): Promise<readonly LeftDomain[]> {
  if (!origin || origin.repository === site) return [];
  const found = declared.map(async ({ domain }): Promise<LeftDomain[]> => {
    const given = beside.find((one) => one.domain === domain);
    if (given) return [given];
    const owner = (await world.state.claimant(domain))?.site ?? site;
    if (owner === site || !isSiteName(owner)) return [];
    return (await repositoryOf(world, owner)) === origin.repository ? [{ domain, owner }] : [];
  });
  return (await Promise.all(found)).flat();
}

async function repositoryOf(world: World, site: SiteName): Promise<SiteName | undefined> {
  return (await world.state.currentRelease(site))?.origin?.repository;
}

/**
 * A domain that another site has is refused before any work for it; the claim itself is made with the pointer.
 * @param former the name that the site has until now: what that one has goes along
 */
export async function refuseTaken(
  world: World,
  site: SiteName,
  domains: readonly Domain[],
  former?: SiteName,
): Promise<void> {
  for (const domain of domains) {
    const owner = await world.state.claimant(domain);
    if (!owner || owner.site === site || owner.site === former) continue;
    const isBranch = isSiteName(owner.site) && (await repositoryOf(world, owner.site)) === site;
    throw errors.E_DOMAIN_TAKEN({ domain, owner: owner.site, isBranch });
  }
}

/**
 * The operations that claim a release's domains and give up those it no longer has.
 * @param former the name that the site has until now, under which they are claimed
 */
export async function claimDomains(
  world: World,
  release: Release,
  previous: Release | undefined,
  former?: SiteName,
): Promise<StoreOperation[]> {
  const claims = await Promise.all(
    release.domains.map(async (domain): Promise<StoreOperation[]> => {
      const owner = await world.state.claimant(domain);
      if (owner?.site === release.site) return [];
      if (owner && owner.site !== former)
        throw errors.E_DOMAIN_TAKEN({ domain, owner: owner.site }, { site: release.site });
      const expect = owner?.version ?? 'absent';
      return [{ kind: 'set', key: keys.claim(domain), value: release.site, expect }];
    }),
  );
  const given = (previous?.domains ?? []).filter((domain) => !release.domains.includes(domain));
  const dropped = await Promise.all(
    given.map(async (domain): Promise<StoreOperation[]> => {
      const owner = await world.state.claimant(domain);
      return owner && [release.site, former].includes(owner.site as SiteName)
        ? [{ kind: 'delete', key: keys.claim(domain), expect: owner.version }]
        : [];
    }),
  );
  return [...claims, ...dropped].flat();
}
