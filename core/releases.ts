/** The releases of a site as they are now, and which of them can be gone back to. */
import { errors } from './error-catalogue.ts';
import type { SiteName } from './grammar.ts';
import { imagesOf } from './images.ts';
import { isUnpublished } from './publish.ts';
import { isWhole } from './reach.ts';
import type { Release } from './release.ts';
import { isUnstable, stabilities } from './stability.ts';
import type { World } from './world.ts';

/** A release beside what is known of it now. */
export interface ReleaseStatus extends Release {
  readonly current: boolean;
  /** True where it is current and its image waits to be published. */
  readonly unpublished: boolean;
  /** True where instances of its spec did not stay when they were last watched. */
  readonly unstable: boolean;
  /** True where its image or its configuration is no longer there: it is history, and cannot be gone back to. */
  readonly gone: boolean;
}

/** Oldest first. */
export async function listReleases(world: World, site: SiteName): Promise<ReleaseStatus[]> {
  const { state, providers } = world;
  const [pointer, releases, watched, images, contents] = await Promise.all([
    state.pointer(site),
    state.releases(site),
    stabilities(world, site),
    imagesOf(providers, site),
    state.contentKeys(site),
  ]);
  const waits = pointer !== undefined && (await isUnpublished(world, pointer.record));
  return releases.map((release) => {
    const current = release.number === pointer?.record.release;
    const unstable = isUnstable(watched, release);
    const gone = !isWhole(release, images, contents);
    return { ...release, current, unpublished: current && waits, unstable, gone };
  });
}

/** Better said before the old instances are missed than by the runtime that cannot start new ones. @throws E_IMAGE_GONE */
export async function requireWhole(world: World, { site, number }: Release): Promise<void> {
  const releases = await listReleases(world, site);
  if (releases.some((release) => release.number === number && !release.gone)) return;
  const whole = releases.filter(({ gone }) => !gone).map((release) => release.number);
  throw errors.E_IMAGE_GONE({ site, number, whole });
}

/** The current release of a site. @throws E_SITE_UNKNOWN, E_SITE_NEVER_RELEASED */
export async function requireCurrent({ state }: Pick<World, 'state'>, site: SiteName): Promise<Release> {
  await state.requireReleased(site);
  const release = await state.currentRelease(site);
  if (!release) throw errors.E_SITE_NEVER_RELEASED({ site });
  return release;
}
