/** The catalog as a whole: what is in it, what belongs into it again, and what has nobody behind it. */
import { registerMissing } from './bring-up.ts';
import { ensureByHand } from './by-hand.ts';
import { applyAfter, type Convergence, deregisterOrphans, siteBySite, wantedRelease } from './converge.ts';
import { errors } from './error-catalogue.ts';
import type { SiteName } from './grammar.ts';
import { findInstances } from './instances.ts';
import { chosenSites } from './known-sites.ts';
import { layered } from './layers.ts';
import { explainTags, hostAndPort, type ServiceTag } from './service.ts';
import { channel, type Operation, type World } from './world.ts';

/** The tags of the services of a site's instances, as its next release has them, and of those that it was given by hand. */
export async function tagsOf(world: World, site: SiteName): Promise<readonly ServiceTag[]> {
  const { state } = world;
  const [release, settings, byHand] = await Promise.all([
    state.currentRelease(site),
    state.settings(site),
    state.byHand(site),
  ]);
  const hasInstances = release !== undefined || Object.keys(settings).length > 0;
  if (!hasInstances && !byHand) throw errors.E_SITE_UNKNOWN({ site });
  const said = release ? await state.saidOf(release) : {};
  const all = layered({ settings, said, ...release?.declared, defaults: world.config.defaults });
  const given = byHand?.record.services ?? [];
  return [
    ...(hasInstances ? explainTags(all, release?.image ?? {}) : []),
    ...given.flatMap((one) => one.tags.map((tag) => ({ tag, origin: `service:set ${hostAndPort(one)}` }))),
  ];
}

/**
 * Puts what runs of current releases, and what was given by hand, into the catalog where it is missing there. Starts
 * and ends nothing.
 */
export async function registerServices(
  world: World,
  sites: readonly SiteName[] | undefined,
  operation: Operation,
): Promise<Convergence> {
  return repair(world, sites, operation, async (site) => {
    const release = await wantedRelease(world, (await world.state.pointer(site))?.record);
    const own = release ? (await findInstances(world, release)).kept : [];
    const registered = release
      ? (await registerMissing(world, release, own, channel(operation, site))).did
      : [];
    return [...registered, ...(await ensureByHand(world, site))];
  });
}

/** Takes out of the catalog what has no instance behind it and was not given by hand. */
export async function removeOrphans(
  world: World,
  sites: readonly SiteName[],
  operation: Operation,
): Promise<Convergence> {
  return repair(world, sites, operation, (site) => deregisterOrphans(world, site));
}

async function repair(
  world: World,
  sites: readonly SiteName[] | undefined,
  operation: Operation,
  work: (site: SiteName) => Promise<readonly string[]>,
): Promise<Convergence> {
  const wanted = await chosenSites(world, sites);
  const { actions, problems } = await siteBySite(world, wanted, 'services', operation, work);
  const refused = await applyAfter(world, wanted, problems, operation);
  return { actions, problems: [...problems, ...refused.filter(({ site }) => wanted.includes(site))] };
}
