/** The registry: what serves is published, always last; an image comes back. What fails is tried again by converge. */
import { errors } from './error-catalogue.ts';
import type { SiteName } from './grammar.ts';
import { keys } from './keys.ts';
import type { Lease } from './lease.ts';
import type { Pointer, Publication } from './records.ts';
import type { Deployment, Release } from './release.ts';
import type { Publisher } from './roles.ts';
import { type StepRun, step } from './run.ts';
import { withSites } from './site-leases.ts';
import { channel, type Operation, uninterrupted, type World } from './world.ts';

/**
 * Publishes a current release, under its site's lease; nothing where there is no registry. Returns what the registry
 * has now.
 * @param deployment what the hook is told beside the release; left out: of the deploy that made it
 */
export async function publish(
  world: World,
  run: StepRun,
  release: Release,
  deployment: Deployment = deploymentOfRelease(release),
): Promise<Publication | undefined> {
  const { publisher } = world.providers;
  if (!publisher) return undefined;
  const reference = await step(world, run, 'publish', async (context) => {
    // Whoever was held up would move the tag back behind the one who took over.
    await run.lease.assertHeld();
    return publisher.publish(release, context);
  });
  const publication: Publication = { release: release.number, reference };
  await record(world, run.lease, release.site, publication);
  const context = channel(uninterrupted(run.operation), run.site);
  await world.hooks.announce('published', { ...deployment, release, reference }, context);
  return publication;
}

/** Whoever lost the lease may have moved the tag after somebody else: then nobody knows what the registry has. */
async function record(world: World, lease: Lease, site: SiteName, publication: Publication): Promise<void> {
  const { store } = world.state;
  const key = keys.published(site);
  const value = JSON.stringify(publication);
  const { done } = await store.transact([lease.check(), { kind: 'set', key, value }]);
  if (done) return;
  await store.transact([{ kind: 'delete', key }]);
  throw errors.E_LEASE_LOST({ what: site });
}

function deploymentOfRelease({ deploy, site, reason, actor, revision }: Release): Deployment {
  return { deploy, site, reason, actor, ...(revision ? { revision } : {}) };
}

/** Publishes the current release of a site once more, and says where it is. */
export async function publishNow(world: World, site: SiteName, operation: Operation): Promise<Publication> {
  requirePublisher(world);
  await world.state.requireReleased(site);
  return withSites(world, [site], 'publish', operation, async (leases) => {
    const lease = leases.get(site) as Lease;
    const release = await world.state.currentRelease(site);
    if (!release) throw errors.E_SITE_NEVER_RELEASED({ site });
    return (await publish(world, { site, lease, operation, steps: [] }, release)) as Publication;
  });
}

/** Fetches an image of a site, which need not be known here: it may come from another machine. */
export async function pull(
  world: World,
  site: SiteName,
  reference: string | undefined,
  operation: Operation,
): Promise<string> {
  return requirePublisher(world).pull(site, reference, channel(operation, site));
}

function requirePublisher({ providers, config }: World): Publisher {
  if (!providers.publisher) throw errors.E_NO_PUBLISHER({ file: config.file });
  return providers.publisher;
}

/** Whether a release is current that the registry does not have; of a stopped site nothing is published. */
export async function isUnpublished(
  { providers, state }: World,
  { site, release, stopped }: Pointer,
): Promise<boolean> {
  if (!providers.publisher || stopped) return false;
  return (await state.publication(site))?.release !== release;
}
