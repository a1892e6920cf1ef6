/** Each site's world beside its current release: what converge would mend, found by what converge and the agent go by. */
import pLimit from 'p-limit';
import { CurrentReleases } from '../agent/current.ts';
import { busySites, type Look, type Parts, partsOf, pictureOf } from '../agent/picture.ts';
import { Sights } from '../agent/sights.ts';
import { lateSymptom, type Picture, splitOf, symptomsOf } from '../agent/symptoms.ts';
import { retireAfterMs } from '../agent/ward.ts';
import { wantedRelease } from '../converge.ts';
import { isOctohostError, messageOf } from '../errors.ts';
import type { SiteName } from '../grammar.ts';
import { knownSites } from '../known-sites.ts';
import { staleReleases } from '../relink.ts';
import type { StepContext } from '../roles.ts';
import { readRoutes } from '../routes.ts';
import type { World } from '../world.ts';
import { otherTroubles } from './records.ts';
import type { OwnCheck, OwnFinding } from './run.ts';
import { asFindings, type Trouble } from './trouble.ts';

/** How many sites are looked at side by side. */
const atOnce = 20;

/** Every site of the installation against its current release. */
export function sitesCheck(world: World): OwnCheck {
  return {
    name: 'sites',
    summary: "Each site's instances, services, images and records beside its current release.",
    why: 'A site that differs from its release answers less than it should, or keeps what nobody needs.',
    run: (signal) => lookAtSites(world, signal),
  };
}

async function lookAtSites(world: World, signal: AbortSignal): Promise<OwnFinding[]> {
  const view = await readRoutes(world);
  const sights = new Sights(world.providers.runtime);
  await sights.look({ all: true, instances: new Set() });
  const current = new CurrentReleases(world.state);
  await current.read(view.pointers);
  const parts = partsOf(view, sights.instances ?? []);
  const sites = await knownSites(world);
  const busy = await busySites(world);
  const tied = new Set((await staleReleases(world)).map(({ site }) => site));
  const context: StepContext = { signal, output: () => {}, warn: () => {} };
  const found = await pLimit(atOnce).map(sites, async (site) => {
    if (busy.has(site)) return [];
    const own = parts.get(site) ?? { pointer: undefined, retiring: [], instances: [], entries: [] };
    return troublesOf(world, { sights, current }, { site, isTied: tied.has(site), parts: own }, context);
  });
  const troubles = found.flat();
  const sick = new Set(troubles.map(({ site }) => site));
  const well = sites.filter((site) => !sick.has(site) && !busy.has(site)).length;
  const working = sites.filter((site) => busy.has(site));
  const atWork = working.length > 0 ? [`; worked on at this moment: ${working.join(', ')}`] : [];
  const message = `${well} of ${sites.length} sites are as their releases want them${atWork.join('')}.`;
  return [...asFindings(troubles), { state: 'ok', message }];
}

interface Patient {
  readonly site: SiteName;
  /** To an instance of another site that serves no more. */
  readonly isTied: boolean;
  readonly parts: Parts;
}

/** A site that cannot be looked at is one trouble, and hides no other site's. */
async function troublesOf(
  world: World,
  look: Look,
  { site, isTied, parts }: Patient,
  context: StepContext,
): Promise<Trouble[]> {
  try {
    await wantedRelease(world, parts.pointer);
    const picture = await pictureOf(world, look, site, parts);
    const { kept } = splitOf(picture);
    return [
      ...symptomsOf(picture).map((one) => ({ site, ...one })),
      ...lateOf(world, picture, parts).map((one) => ({ site, ...one })),
      ...(isTied ? [{ site, kind: 'tied' as const, what: 'it is tied to an instance that is gone' }] : []),
      ...(await otherTroubles(world, { site, picture, kept }, context)),
    ];
  } catch (error) {
    context.signal.throwIfAborted();
    const hint = isOctohostError(error) ? { hint: error.hint } : {};
    return [{ site, kind: 'unreadable', what: messageOf(error), ...hint }];
  }
}

/** Whoever switched ends the old instances itself; what is still there long after that nobody ends. */
function lateOf(world: World, { release }: Picture, { retiring }: Parts) {
  const since = release ? Date.parse(release.createdAt) : 0;
  return retiring.length > 0 && world.clock.now() - since > retireAfterMs ? [lateSymptom(retiring)] : [];
}
