/** Makes a deploy, lets something happen to it, converges once, and says whether the world is the old or the new one. */
import { expect } from 'vitest';
import { baseOf, difference, type Found, factsOf } from './facts.ts';
import type { Fault, Passage, Point } from './fault.ts';
import type { Kind } from './kinds.ts';
import type { FaultLab } from './lab.ts';
import { type Prober, probe } from './prober.ts';

/** So many rounds on one site, which then goes: the world stays small, and a failed round spoils no other. */
const roundsOfSite = 12;

/** A clean deploy: what it passes, and what it changes. */
export interface Reference {
  readonly points: readonly (Point & Pick<Passage, 'killOnly'>)[];
  readonly change: readonly string[];
}

/** What happens to a deploy. */
export interface Trouble {
  /** Armed before the deploy begins; one that is not met fails the round. */
  readonly fault?: Fault;
  /** Just before the deploy. */
  before?(): Promise<void>;
  /** While the deploy runs. */
  during?(): Promise<void>;
  /** After the deploy has ended, before converge. */
  after?(): Promise<void>;
  /** True where nobody may answer for a while. */
  readonly gap?: boolean;
}

/** How a round ended. */
export interface Ended {
  readonly became: 'old' | 'new';
  readonly code: number;
}

interface Place {
  readonly site: string;
  /** What it answers. */
  answer: string;
  rounds: number;
}

/** Deploys of one kind: on one site after the other, each for some rounds. */
export class Bench {
  readonly #lab: FaultLab;
  readonly #kind: Kind;
  #sites = 0;
  #rounds = 0;
  #place: Place | undefined;

  constructor(lab: FaultLab, kind: Kind) {
    this.#lab = lab;
    this.#kind = kind;
  }

  /** A deploy to which nothing happens. */
  async record(): Promise<Reference> {
    const lab = this.#lab;
    const place = await this.#open();
    const before = await lab.look(place.site);
    const answer = this.#kind.next(place.answer, ++this.#rounds);
    await lab.passages();
    const { code, stderr } = await this.#kind.deploy(lab, place.site, answer);
    if (code !== 0) throw new Error(`without a fault it ended with ${code}: ${stderr}`);
    await lab.settle();
    const points = pointsOf(await lab.passages());
    const change = changeOf(place.site, before, await lab.look(place.site), place.answer, answer);
    await this.#leave(place, answer);
    return { points, change };
  }

  /** Expects that each request was answered whole by one of the two, and that the world is whole after one converge. */
  async round(
    { fault, before: prepare, during, after, gap = false }: Trouble,
    reference: Reference,
  ): Promise<Ended> {
    const lab = this.#lab;
    const place = await this.#open();
    const { site } = place;
    // A round that fails leaves its site to nobody.
    this.#place = undefined;
    const before = await lab.look(site);
    const answer = this.#kind.next(place.answer, ++this.#rounds);
    const prober = probe(lab.host.instance, `${site}.${lab.host.instance.domainSuffix}`);
    if (fault) lab.arm(fault);
    await prepare?.();
    const deploy = this.#kind.deploy(lab, site, answer);
    await during?.();
    const { code, stderr } = await deploy;
    await lab.settle();
    await after?.();
    const fired = await lab.disarm();
    const first = await lab.converge();
    await lab.settle();
    const strange = await strangers(prober, [
      place.answer,
      answer,
      ...(gap || this.#kind.gap ? silence : []),
    ]);
    const found = await lab.look(site);
    const second = await lab.convergeHere();
    const said = `the deploy ended with ${code}: ${stderr}\nconverge: ${JSON.stringify(first)}`;
    expect({ fired, strange, problems: first.problems, second }, said).toEqual({
      fired: fault !== undefined,
      strange: [],
      problems: [],
      second: { actions: [], problems: [] },
    });
    const became = judge(changeOf(site, before, found, place.answer, answer), reference.change);
    expect(became, `${said}\n${became}`).toMatch(/^(?:old|new)$/);
    if (code === 0) expect(became, 'a deploy that ended well is current').toBe('new');
    await this.#leave(place, became === 'new' ? answer : place.answer);
    return { became: became as Ended['became'], code };
  }

  async #open(): Promise<Place> {
    if (this.#place && this.#place.rounds < roundsOfSite) return this.#place;
    // It may be broken, or was never made.
    if (this.#sites > 0) await this.#lab.host.octo('remove', this.#siteName(), '--yes');
    this.#sites++;
    const site = this.#siteName();
    this.#place = { site, answer: await this.#kind.prepare(this.#lab, site), rounds: 0 };
    await this.#lab.settle();
    return this.#place;
  }

  #siteName(): string {
    return `${this.#kind.name.replaceAll(/[^a-z]+/g, '-')}-${String(this.#sites).padStart(2, '0')}`;
  }

  async #leave(place: Place, answer: string): Promise<void> {
    const { back } = this.#kind;
    if (back && answer !== place.answer) {
      await back(this.#lab, place.site);
      await this.#lab.settle();
    } else place.answer = answer;
    place.rounds++;
    this.#place = place;
  }
}

/** What a prober sees of a site that nobody answers for: no connection, or nginx itself. */
const silence = ['0', '502', '503', '504'];

async function strangers(prober: Prober, good: readonly string[]): Promise<string[]> {
  const answers = [...(await prober.stop())];
  return answers
    .filter(([answer]) => !good.includes(answer))
    .map(([answer, count]) => `${count} × ${answer}`);
}

/** Beats come when they come; the lease's own tests have them. */
function pointsOf(passages: readonly Passage[]): Reference['points'] {
  return passages
    .filter(({ name }) => !name.startsWith('store.transact heartbeats'))
    .map(({ program, name, killOnly }) => ({ program, name, ...(killOnly ? { killOnly } : {}) }));
}

/** With one name for every site and every answer: rounds are made on several sites, and each has an answer of its own. */
function changeOf(site: string, before: Found, after: Found, from: string, to: string): string[] {
  const base = baseOf(before);
  return difference(factsOf(before, base, site), factsOf(after, base, site)).map((line) =>
    line
      .replaceAll(site, '<site>')
      .replaceAll(word(from), '<old answer>')
      .replaceAll(word(to), '<new answer>'),
  );
}

/** As a whole: 1 is not in 12. */
function word(text: string): RegExp {
  return new RegExp(`(?<![\\w-])${RegExp.escape(text)}(?![\\w-])`, 'g');
}

/** `old`, `new`, or what is neither. Pure. */
export function judge(changed: readonly string[], clean: readonly string[]): string {
  if (changed.length === 0) return 'old';
  const fromNew = difference(clean, changed);
  if (fromNew.length === 0) return 'new';
  return ['neither old:', ...changed, 'nor new:', ...fromNew].join('\n');
}
