/** Going back: which release, and what it takes to have its content again. */

import { change, type Outcome } from './engine.ts';
import { errors } from './error-catalogue.ts';
import type { SiteName } from './grammar.ts';
import type { Release } from './release.ts';
import type { Operation, World } from './world.ts';

/**
 * Makes a new release with the content of an old one: image, configuration, domains, count and run options. Nothing is
 * built.
 * @param number left out: the newest release before what is current
 * @throws E_SITE_NEVER_RELEASED, E_RELEASE_UNKNOWN, E_IMAGE_GONE
 */
export async function rollback(
  world: World,
  site: SiteName,
  number: number | undefined,
  operation: Operation,
): Promise<Outcome> {
  const { state } = world;
  const [pointer, releases] = await Promise.all([state.pointer(site), state.releases(site)]);
  const current = releases.find((release) => release.number === pointer?.record.release);
  if (!current) throw errors.E_SITE_NEVER_RELEASED({ site });
  const back = chooseRelease(site, releases, current, number);
  return change(world, site, { reason: 'rollback', back }, operation);
}

/** The release that is named, else the newest one before what runs, which after a rollback is an old one. Pure. */
export function chooseRelease(
  site: SiteName,
  releases: readonly Release[],
  current: Release,
  number: number | undefined,
): Release {
  const runs = current.back ?? current.number;
  const found =
    number === undefined
      ? releases.findLast((release) => release.number < runs && release.back === undefined)
      : releases.find((release) => release.number === number);
  if (found) return found;
  throw errors.E_RELEASE_UNKNOWN({ site, number, known: releases.map((release) => release.number) });
}
