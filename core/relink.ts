/** Sites that are tied to an instance which is gone get new instances, by a release like any other. */
import { freeSurplus } from './clean.ts';
import { type Convergence, converge } from './converge.ts';
import { change } from './engine.ts';
import { messageOf } from './errors.ts';
import type { SiteName } from './grammar.ts';
import { peersOf, servingInstances } from './peers.ts';
import type { Release } from './release.ts';
import { finishRetiring } from './retire.ts';
import { watchReleases } from './stability.ts';
import type { Operation, World } from './world.ts';

/** Another operation on the site is not waited for: it, or the next converge, does the same. */
const waitSeconds = 20;

/** Relinks once the work is done, and gives back what it came to. */
export async function thenRelink<Result>(
  world: World,
  operation: Operation,
  work: Promise<Result>,
): Promise<Result> {
  const result = await work;
  try {
    await relink(world, operation);
  } catch (error) {
    operation.reporter.warn(
      '' as SiteName,
      `sites that are linked to this could not be looked at: ${messageOf(error)}; octo converge does it`,
    );
  }
  return result;
}

export async function convergeAndRelink(
  world: World,
  sites: readonly SiteName[] | undefined,
  operation: Operation,
): Promise<Convergence> {
  const first = await converge(world, sites, operation);
  const again = await relink(world, operation);
  if (again.length === 0) return first;
  // A site that could not be brought up for what it was tied to is up by now, and can be cleaned up after.
  const after = await converge(world, again, operation);
  const tied = again.map((site) => ({ site, did: 'tied to the new instances' }));
  return {
    actions: [...first.actions, ...tied, ...after.actions],
    problems: [...first.problems.filter(({ site }) => !again.includes(site)), ...after.problems],
  };
}

/** Ends the old instances of sites, and of those that were tied to them, and frees what nobody needs after that. */
export async function finishTied(
  world: World,
  sites: readonly SiteName[],
  operation: Operation,
): Promise<void> {
  const all = await withDependents(world, sites);
  const outcomes = await Promise.allSettled(
    all.map(async (site) => {
      await finishRetiring(world, site, operation);
      await freeSurplus(world, site, operation);
    }),
  );
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}

/** Watches the new instances of sites, and of those that were tied to them. */
export async function watchTied(
  world: World,
  sites: readonly SiteName[],
  operation: Operation,
): Promise<void> {
  await watchReleases(world, await withDependents(world, sites), operation);
}

/** Returns the sites that have new instances; what fails is a warning, for the work before it stands. */
async function relink(world: World, operation: Operation): Promise<SiteName[]> {
  const tried = new Set<SiteName>();
  const done: SiteName[] = [];
  for (;;) {
    const stale = (await staleReleases(world)).filter(({ site }) => !tried.has(site));
    const waiting = new Set(stale.map(({ site }) => site));
    // One that others of them are tied to comes first: so each gets its new instances once.
    const next = stale.find((release) => !peersOf(release).some(({ site }) => waiting.has(site)));
    if (!next || operation.signal.aborted) return done;
    tried.add(next.site);
    const tied = [...new Set(peersOf(next).map(({ site }) => site))].join(', ');
    operation.reporter.output(next.site, `${tied} has a new instance, so ${next.site} gets new ones`);
    try {
      await change(world, next.site, { reason: 'reload' }, { ...operation, waitSeconds });
      done.push(next.site);
    } catch (error) {
      operation.reporter.warn(
        next.site,
        `is still tied to an old instance of ${tied} (${messageOf(error)}); octo converge tries again`,
      );
    }
  }
}

/** Current releases that are tied to an instance which does not serve any more, where another one does. */
export async function staleReleases(world: World): Promise<Release[]> {
  const serving = new Map<SiteName, Promise<ReadonlySet<string>>>();
  const servingOf = (site: SiteName) => {
    const known = serving.get(site) ?? servingIds(world, site);
    serving.set(site, known);
    return known;
  };
  const tied = (await currentReleases(world)).filter((release) => peersOf(release).length > 0);
  const stale = await Promise.all(
    tied.map(async (release) => {
      const peers = await Promise.all(
        peersOf(release).map(async ({ site, instance }) => ({ instance, ids: await servingOf(site) })),
      );
      return peers.some(({ instance, ids }) => ids.size > 0 && !ids.has(instance));
    }),
  );
  return tied.filter((_, index) => stale[index]);
}

/** These sites, and those that are tied to one of them, in any number of steps. */
async function withDependents(world: World, sites: readonly SiteName[]): Promise<SiteName[]> {
  const releases = (await currentReleases(world)).filter((release) => peersOf(release).length > 0);
  const found = new Set(sites);
  for (const _ of releases)
    for (const release of releases)
      if (peersOf(release).some(({ site }) => found.has(site))) found.add(release.site);
  return [...found];
}

async function servingIds(world: World, site: SiteName): Promise<ReadonlySet<string>> {
  return new Set((await servingInstances(world, site)).map(({ id }) => id));
}

async function currentReleases(world: World): Promise<Release[]> {
  const pointers = (await world.state.pointers()).filter(({ stopped }) => !stopped);
  const releases = await Promise.all(pointers.map(({ site, release }) => world.state.release(site, release)));
  return releases.filter((release) => release !== undefined);
}
