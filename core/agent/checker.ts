/** Asks services by their own checks, where whoever keeps the catalog does not. */
import type { SiteName } from '../grammar.ts';
import type { CatalogEntry } from '../roles.ts';
import { askService } from '../service-check.ts';
import type { Clock } from '../world.ts';
import { type Asked, afterAnswer, askAgainAfter, failed, neverAsked, type Thresholds } from './asked.ts';

/** How many are asked at the same time. */
const atOnce = 50;

interface Watched {
  readonly url: string;
  readonly interval: string;
  readonly thresholds: Thresholds;
  readonly asked: Asked;
  readonly dueAt: number;
  readonly isAsking: boolean;
}

export class Checker {
  readonly #clock: Clock;
  readonly #changed: (service: string) => void;
  readonly #watched = new Map<string, Watched>();
  #asking = 0;

  /** @param changed told of a service that became critical, or good again */
  constructor(clock: Clock, changed: (service: string) => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  /** What the catalog has now: those without a word on their health and with a check are asked, others no more. */
  watch(catalog: readonly CatalogEntry[], thresholdsOf: (site: SiteName) => Thresholds): void {
    const wanted = new Map(
      catalog.flatMap(({ id, site, health, check }) =>
        check && health === 'unknown' ? [[id, { ...check, thresholds: thresholdsOf(site) }] as const] : [],
      ),
    );
    for (const id of this.#watched.keys()) if (!wanted.has(id)) this.#watched.delete(id);
    for (const [id, { http: url, interval, thresholds }] of wanted) {
      const known = this.#watched.get(id);
      if (known?.url === url && known.interval === interval) {
        this.#watched.set(id, { ...known, thresholds });
        continue;
      }
      const asked = known?.asked ?? neverAsked;
      this.#watched.set(id, { url, interval, thresholds, asked, dueAt: this.#clock.now(), isAsking: false });
    }
  }

  of(service: string): Asked | undefined {
    return this.#watched.get(service)?.asked;
  }

  /** Its instance has ended: it has to answer before it counts as good again. */
  fail(service: string, because: string): void {
    const known = this.#watched.get(service);
    if (known && !known.asked.critical)
      this.#watched.set(service, { ...known, asked: failed(because), dueAt: this.#clock.now() });
  }

  /** Asks those whose time has come; to be called often. */
  askDue(signal: AbortSignal): void {
    const now = this.#clock.now();
    for (const [id, one] of this.#watched) {
      if (this.#asking >= atOnce) return;
      // A clock that was set back would keep it waiting.
      const isDue = one.dueAt <= now || one.dueAt > now + 2 * askAgainAfter(one.asked, one.interval);
      if (one.isAsking || !isDue) continue;
      this.#watched.set(id, { ...one, isAsking: true });
      this.#asking++;
      void this.#ask(id, one.url, signal).finally(() => this.#asking--);
    }
  }

  async #ask(id: string, url: string, signal: AbortSignal): Promise<void> {
    const answer = await askService(url, signal);
    const known = this.#watched.get(id);
    if (signal.aborted || known?.url !== url) return;
    const asked = afterAnswer(known.asked, answer, known.thresholds);
    const dueAt = this.#clock.now() + askAgainAfter(asked, known.interval);
    this.#watched.set(id, { ...known, asked, dueAt, isAsking: false });
    if (asked.critical !== known.asked.critical) this.#changed(id);
  }
}
