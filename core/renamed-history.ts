/** The history of a site under another name: the same releases, sealed, told by digests and kept for that one. */
import { adoptAll } from './backup/images.ts';
import { madeHere, resealed } from './backup/reseal.ts';
import { aheadOf } from './backup/restore.ts';
import type { SiteSnapshot } from './backup/snapshot.ts';
import { openableOf, sitesIn } from './backup/take.ts';
import { errors } from './error-catalogue.ts';
import type { BranchRef, SiteName } from './grammar.ts';
import { transferOf } from './images.ts';
import { keys } from './keys.ts';
import type { Image, Origin } from './release.ts';
import type { StepContext, StoreOperation } from './roles.ts';
import type { World } from './world.ts';

/** What becomes of a site's history. */
export interface RenamedHistory {
  /** Under keys that nobody reads before the new name has a pointer. */
  readonly writes: readonly StoreOperation[];
  /** An image as the new name has it, whose own it stays when the old name lets go of it. */
  readonly imageOf: (image: Image) => Image;
}

/**
 * Images are kept for the new name before anything else, so that no clean takes them in between.
 * @throws E_NO_TRANSFER, E_STATE where the current release cannot be read
 */
export async function renamedHistory(
  world: World,
  from: SiteName,
  to: SiteName,
  context: StepContext,
): Promise<RenamedHistory> {
  const { secrets } = world.state;
  const { site: snapshot, damaged } = await readHistory(world, from);
  if (!snapshot)
    throw errors.E_STATE({ key: keys.pointer(from), problem: damaged.join('; ') }, { site: from });
  for (const line of damaged) context.warn(line);
  const sealed = renamedSnapshot(await resealed(snapshot, secrets, secrets, to), to);
  // Limits are for what comes: what was allowed when it was made stays as it was.
  const made = await madeHere(sealed, secrets, {});
  const tags = await keptImages(world, made);
  const imageOf = (image: Image): Image => {
    const tag = image.tag === undefined ? undefined : tags.get(image.id);
    return tag === undefined ? image : { ...image, tag };
  };
  const releases = made.releases.map((release) => ({ ...release, image: imageOf(release.image) }));
  return { writes: aheadOf({ ...made, releases }), imageOf };
}

async function readHistory({ state }: World, site: SiteName) {
  const single = [keys.pointer(site), keys.domains(site)].map((key) => state.store.get(key));
  const below = [keys.releases(site), keys.contents(site), keys.stabilities(site)];
  const lists = await Promise.all(below.map((prefix) => state.store.list(prefix)));
  const entries = (await Promise.all(single)).flatMap((entry) => entry ?? []);
  const found = sitesIn([...entries, ...lists.flat()]);
  const openable = await Promise.all(found.sites.map((one) => openableOf(one, state.secrets)));
  const said = [...found.damaged.map(({ what }) => what), ...openable.flatMap(({ damaged }) => damaged)];
  return { site: openable[0]?.site, damaged: said };
}

/** An image without a tag is somebody else's, and nobody here lets go of it. */
async function keptImages({ providers }: World, made: SiteSnapshot): Promise<ReadonlyMap<string, string>> {
  const tagged = made.releases.filter(({ image }) => image.tag !== undefined);
  if (tagged.length === 0) return new Map();
  const transfer = transferOf(providers);
  if (!transfer) throw errors.E_NO_TRANSFER(undefined);
  return adoptAll(transfer, { site: made.site, releases: tagged });
}

/** Pure. */
export function renamedSnapshot(snapshot: SiteSnapshot, to: SiteName): SiteSnapshot {
  return {
    ...snapshot,
    site: to,
    releases: snapshot.releases.map(({ origin, ...release }) => ({
      ...release,
      site: to,
      ...(origin ? { origin: renamedOrigin(origin, to) } : {}),
    })),
    stabilities: snapshot.stabilities.map((one) => ({ ...one, site: to })),
    ...(snapshot.pointer ? { pointer: { ...snapshot.pointer, site: to } } : {}),
  };
}

/** A site has a repository of its own name from then on, in which it is the one that `main` means. Pure. */
export function renamedOrigin({ ref }: Origin, to: SiteName): Origin {
  const main = 'refs/heads/main' as BranchRef;
  return { repository: to, ref: ref === 'refs/heads/master' ? ref : main };
}
