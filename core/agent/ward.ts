/** Which sites are not as their current release wants them: the mender gets to hear of them. */
import type { SiteName } from '../grammar.ts';
import { knownSites } from '../known-sites.ts';
import type { RoutesView } from '../routes.ts';
import type { World } from '../world.ts';
import type { CurrentReleases } from './current.ts';
import type { Mender } from './mender.ts';
import { busySites, type Parts, partsOf, pictureOf } from './picture.ts';
import type { Sights } from './sights.ts';
import { lateSymptom, symptomsOf } from './symptoms.ts';

/** Whoever switched ends the old instances itself, as long as it lives; then the agent does. */
export const retireAfterMs = 90_000;

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

  async #symptomsOf(site: SiteName, parts: Parts): Promise<string[]> {
    const { retiring } = parts;
    const look = { sights: this.#sights, current: this.#current };
    const symptoms = symptomsOf(await pictureOf(this.#world, look, site, parts));
    const late = this.#isLate(site, retiring.length) ? [lateSymptom(retiring)] : [];
    return [...symptoms, ...late].map(({ what }) => what);
  }

  #isLate(site: SiteName, retiring: number): boolean {
    const now = this.#world.clock.now();
    if (retiring === 0) this.#retiringSince.delete(site);
    else if (!this.#retiringSince.has(site)) this.#retiringSince.set(site, now);
    return now - (this.#retiringSince.get(site) ?? now) > retireAfterMs;
  }
}
