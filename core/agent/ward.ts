/** Which sites are not as their current release wants them: the mender gets to hear of them. */
import type { SiteName } from '../grammar.ts';
import { knownSites } from '../known-sites.ts';
import { conditionOf } from '../lease.ts';
import { isUnpublished } from '../publish.ts';
import type { Instance } from '../release.ts';
import type { RoutesView } from '../routes.ts';
import type { World } from '../world.ts';
import type { CurrentReleases } from './current.ts';
import type { Mender } from './mender.ts';
import type { Sights } from './sights.ts';
import { type Picture, symptomsOf } from './symptoms.ts';

/** Whoever switched ends the old instances itself, as long as it lives; then the agent does. */
const retireAfterMs = 90_000;

interface Parts extends Pick<Picture, 'pointer' | 'instances' | 'entries'> {
  readonly retiring: readonly Instance[];
}

export interface WardOptions {
  readonly sights: Sights;
  readonly mender: Mender;
  /** As they were read with the view that is looked at. */
  readonly current: CurrentReleases;
}

export class Ward {
  readonly #world: World;
  readonly #sights: Sights;
  readonly #mender: Mender;
  readonly #current: CurrentReleases;
  /** Since when a site has instances that are to end. */
  readonly #retiringSince = new Map<SiteName, number>();

  constructor(world: World, { sights, mender, current }: WardOptions) {
    this.#world = world;
    this.#sights = sights;
    this.#mender = mender;
    this.#current = current;
  }

  /** Returns whether something was left to somebody who works on it: it is to be looked at again. */
  async look(view: RoutesView): Promise<boolean> {
    let isLeft = false;
    const found = partsOf(view, this.#sights.instances ?? []);
    const busy = await busySites(this.#world);
    for (const [site, parts] of found) {
      const symptoms = await this.#symptomsOf(site, parts);
      const isBusy = symptoms.length > 0 && busy.has(site);
      if (!isBusy) this.#mender.note(site, symptoms);
      isLeft ||= isBusy;
    }
    for (const site of this.#retiringSince.keys()) if (!found.has(site)) this.#retiringSince.delete(site);
    return isLeft;
  }

  /** Has every site converged once more, for what nobody could see. */
  async visitAll(): Promise<void> {
    for (const site of await knownSites(this.#world)) this.#mender.visit(site);
  }

  async #symptomsOf(site: SiteName, { pointer, retiring, ...rest }: Parts): Promise<string[]> {
    const symptoms = symptomsOf({
      ...rest,
      pointer,
      release: pointer && this.#current.of(site),
      sightOf: (id) => this.#sights.of(id),
      address: this.#world.config.instances.address,
      retiring: new Set(retiring.map(({ id }) => id)),
      unpublished: pointer !== undefined && (await isUnpublished(this.#world, pointer)),
    });
    const late = this.#isLate(site, retiring.length) ? [`${retiring.length} instances were to end`] : [];
    return [...symptoms, ...late];
  }

  #isLate(site: SiteName, retiring: number): boolean {
    const now = this.#world.clock.now();
    if (retiring === 0) this.#retiringSince.delete(site);
    else if (!this.#retiringSince.has(site)) this.#retiringSince.set(site, now);
    return now - (this.#retiringSince.get(site) ?? now) > retireAfterMs;
  }
}

/** Sites that somebody who is alive works on. */
async function busySites(world: World): Promise<Set<string>> {
  const held = await world.state.heldLeases();
  const alive = held.filter(({ holder, beat }) => conditionOf(world, holder, beat) === 'alive');
  const prefix = 'site/';
  return new Set(alive.flatMap(({ name }) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : [])));
}

function bySite<Kind extends { readonly site: SiteName }>(all: readonly Kind[]): Map<SiteName, Kind[]> {
  return Map.groupBy(all, ({ site }) => site);
}

/** What there is of each site. Pure. */
function partsOf(view: RoutesView, instances: readonly Instance[]): Map<SiteName, Parts> {
  const [pointers, retirings] = [bySite(view.pointers), bySite(view.retirings)];
  const [running, entries] = [bySite(instances), bySite(view.catalog)];
  const sites = new Set([pointers, retirings, running, entries].flatMap((one) => [...one.keys()]));
  return new Map(
    [...sites].map((site) => [
      site,
      {
        pointer: pointers.get(site)?.[0],
        retiring: (retirings.get(site) ?? []).flatMap((one) => one.instances),
        instances: running.get(site) ?? [],
        entries: entries.get(site) ?? [],
      },
    ]),
  );
}
