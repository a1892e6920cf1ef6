/** Converges sites that are not as they should be: some at a time, and each again and again with growing pauses. */
import { isOctohostError, messageOf } from '../errors.ts';
import type { SiteName } from '../grammar.ts';
import { convergeAndRelink } from '../relink.ts';
import type { Operation, World } from '../world.ts';
import { pauseAfter } from './backoff.ts';
import type { Journal } from './journal.ts';

/** How many sites are converged side by side. */
const atOnce = 4;
/** Whoever works on a site leaves it as it should be, or gone: it is looked at again soon. */
const lockedPauseMs = 1_000;

interface Patient {
  /** Tries since the site was last seen to be well. */
  readonly tries: number;
  readonly dueAt: number;
  readonly isRunning: boolean;
  /** Whether something was seen of it that was said; else it is converged once, to be sure. */
  readonly isSick: boolean;
}

export interface MenderOptions {
  readonly world: World;
  readonly journal: Journal;
  readonly operation: Operation;
  /** Told when a site has been worked on: it is to be looked at again. */
  readonly looked: () => void;
}

export class Mender {
  readonly #options: MenderOptions;
  readonly #patients = new Map<SiteName, Patient>();
  readonly #working = new Set<Promise<void>>();

  constructor(options: MenderOptions) {
    this.#options = options;
  }

  /** What was seen of a site: why it needs to be converged, in words; none where it is well. */
  note(site: SiteName, symptoms: readonly string[]): void {
    const known = this.#patients.get(site);
    if (symptoms.length === 0) {
      if (known && !known.isRunning) this.#patients.delete(site);
      return;
    }
    if (known?.isSick) return;
    this.#options.journal.note(`not as it should be: ${symptoms.join('; ')}`, site);
    const fresh = { tries: 0, dueAt: this.#options.world.clock.now(), isRunning: false };
    this.#patients.set(site, { ...(known ?? fresh), isSick: true });
  }

  /** Converges a site once more, whatever was seen of it. */
  visit(site: SiteName): void {
    if (this.#patients.has(site)) return;
    const dueAt = this.#options.world.clock.now();
    this.#patients.set(site, { tries: 0, dueAt, isRunning: false, isSick: false });
  }

  /** Starts those whose time has come; to be called often. */
  mendDue(): void {
    const now = this.#options.world.clock.now();
    for (const [site, patient] of this.#patients) {
      if (this.#working.size >= atOnce) return;
      // A clock that was set back would keep it waiting.
      const isDue = patient.dueAt <= now || patient.dueAt > now + 2 * pauseAfter(patient.tries, 'mend');
      if (patient.isRunning || !isDue) continue;
      this.#patients.set(site, { ...patient, isRunning: true });
      const work = this.#mend(site, patient.tries + 1).finally(() => this.#working.delete(work));
      this.#working.add(work);
    }
  }

  /** Returns when nothing is being mended. */
  async idle(): Promise<void> {
    await Promise.all(this.#working);
  }

  async #mend(site: SiteName, tries: number): Promise<void> {
    const { world, journal, operation, looked } = this.#options;
    const again = (counted: number, pauseMs: number) => {
      const isSick = this.#patients.get(site)?.isSick ?? false;
      const dueAt = world.clock.now() + pauseMs;
      this.#patients.set(site, { tries: counted, dueAt, isRunning: false, isSick });
    };
    try {
      const { actions, problems } = await convergeAndRelink(world, [site], operation);
      for (const action of actions) journal.note(action.did, action.site);
      const failure = problems.find(({ error }) => !isLocked(error)) ?? problems[0];
      if (failure) throw failure.error;
      if (this.#patients.get(site)?.isSick) again(tries, pauseAfter(tries, 'mend'));
      else this.#patients.delete(site);
    } catch (error) {
      if (operation.signal.aborted) return;
      if (isLocked(error)) again(tries - 1, lockedPauseMs);
      else if (isOctohostError(error) && error.code === 'E_SITE_UNKNOWN') this.#patients.delete(site);
      else {
        const pauseMs = pauseAfter(tries, 'mend');
        journal.note(`could not be mended: ${messageOf(error)}; next try in ${pauseMs / 1000} s`, site);
        again(tries, pauseMs);
      }
    } finally {
      looked();
    }
  }
}

function isLocked(error: unknown): boolean {
  return isOctohostError(error) && error.code === 'E_LOCKED';
}
