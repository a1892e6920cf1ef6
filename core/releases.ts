/** The releases of a site as they are now. */
import type { SiteName } from './grammar.ts';
import { isUnpublished } from './publish.ts';
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
}

/** Oldest first. */
export async function listReleases(world: World, site: SiteName): Promise<ReleaseStatus[]> {
  const { state } = world;
  const [pointer, releases, watched] = await Promise.all([
    state.pointer(site),
    state.releases(site),
    stabilities(world, site),
  ]);
  const waits = pointer !== undefined && (await isUnpublished(world, pointer.record));
  return releases.map((release) => {
    const current = release.number === pointer?.record.release;
    return { ...release, current, unpublished: current && waits, unstable: isUnstable(watched, release) };
  });
}
