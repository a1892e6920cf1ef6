/** Going back: which release, and what it takes to have its content again. */

import { change, type Outcome } from './engine.ts';
import { errors } from './error-catalogue.ts';
import type { SiteName } from './grammar.ts';
import { listReleases, type ReleaseStatus } from './releases.ts';
import type { Operation, World } from './world.ts';

/**
 * Makes a new release with the content of an old one: image, configuration, domains, count and run options. Nothing is
 * built.
 * @param number left out: the last healthy release before what is current
 * @throws E_SITE_NEVER_RELEASED, E_RELEASE_UNKNOWN, E_IMAGE_GONE
 */
export async function rollback(
  world: World,
  site: SiteName,
  number: number | undefined,
  operation: Operation,
): Promise<Outcome> {
  const releases = await listReleases(world, site);
  if (!releases.some(({ current }) => current)) throw errors.E_SITE_NEVER_RELEASED({ site });
  const back =
    number === undefined ? lastHealthy(releases) : releases.find((release) => release.number === number);
  if (!back) {
    const known = releases.filter(({ gone }) => !gone).map((release) => release.number);
    throw errors.E_RELEASE_UNKNOWN({ site, number, known });
  }
  return change(world, site, { reason: 'rollback', back }, operation);
}

/**
 * The newest release before what runs that can be gone back to and did not turn out unstable. What runs after a rollback
 * is an old one, so a second rollback goes one further back. Pure.
 */
export function lastHealthy(releases: readonly ReleaseStatus[]): ReleaseStatus | undefined {
  const current = releases.find((release) => release.current);
  const runs = current?.back ?? current?.number ?? 0;
  return releases.findLast(
    ({ number, back, gone, unstable }) => number < runs && back === undefined && !gone && !unstable,
  );
}
