/** A site's settings outside of a deploy: seen, and stored for the next release. */
import { leftToSiblings, refuseTaken } from './claims.ts';
import {
  changedDomains,
  type DomainsChange,
  declaredDomains,
  domainsValue,
  ownDomains,
  resolveDomains,
  type SiteDomain,
} from './domains.ts';
import { errors } from './error-catalogue.ts';
import type { Domain, SiteName } from './grammar.ts';
import { finishJournal, settingOperations } from './many-settings.ts';
import { type Change, declaredHere, mergeSecrets, settingWrites } from './plan.ts';
import type { Expectation } from './roles.ts';
import type { World } from './world.ts';

/**
 * Stores settings without making a release; null deletes. Domains are refused here as the next release would refuse
 * them, but claimed only by that.
 */
export async function storeSettings(
  world: World,
  site: SiteName,
  values: NonNullable<Change['settings']>,
  change: DomainsChange & Pick<Change, 'secrets'> = {},
): Promise<void> {
  const { state } = world;
  const journal = await finishJournal(state, site);
  const { secrets: before } = await state.shownSettings(site);
  const stored = await state.secrets.seal(site, values, mergeSecrets(values, before, change.secrets));
  const operations =
    'DOMAINS' in values || change.domains || change.addDomains || change.removeDomains
      ? await withDomains(world, site, { ...change, settings: stored }, journal)
      : settingOperations(site, stored, journal);
  await state.commit(`The configuration of ${site}`, operations);
  await finishJournal(state, site);
}

async function withDomains(
  world: World,
  site: SiteName,
  change: Omit<Change, 'reason'>,
  journal: Expectation,
) {
  const { state } = world;
  const [{ settings }, record] = await Promise.all([state.shownSettings(site), state.domains(site)]);
  const set = changedDomains(site, settings, record, change);
  const domains = namesOf(await domainsWith(world, site, set));
  await refuseTaken(world, site, domains);
  const given = change.settings?.['DOMAINS'];
  const written = given === undefined ? domainsValue(set) : given;
  return settingWrites(
    site,
    { ...change.settings, DOMAINS: written },
    { written: written ?? '', set },
    { journal },
  );
}

/** All domains of a site and where each comes from. @throws E_SITE_UNKNOWN */
export async function domainsOf(world: World, site: SiteName): Promise<readonly SiteDomain[]> {
  const { state } = world;
  const [{ settings, secrets }, record] = await Promise.all([state.shownSettings(site), state.domains(site)]);
  if (Object.keys(settings).length + secrets.length === 0 && !(await state.pointer(site)))
    throw errors.E_SITE_UNKNOWN({ site });
  return domainsWith(world, site, ownDomains(settings, record));
}

async function domainsWith(world: World, site: SiteName, set: readonly Domain[]): Promise<SiteDomain[]> {
  const release = await world.state.currentRelease(site);
  const declared = release?.declared ?? { domains: [] };
  const left = await leftToSiblings(world, site, release?.origin, declaredDomains(declared));
  return resolveDomains(site, world.config, declaredHere(declared, left), set);
}

const namesOf = (domains: readonly SiteDomain[]) => domains.map(({ domain }) => domain);
