/** What the agent saw and did: the last of it is kept in the store, whoever asks. */
import type { SiteName } from '../grammar.ts';
import { keys } from '../keys.ts';
import type { Lease } from '../lease.ts';
import type { World } from '../world.ts';
import type { AgentEvent } from './shapes.ts';

/** So many are kept; older ones are forgotten. */
export const keptEvents = 200;

const longestWhat = 500;

export class Journal {
  readonly #world: World;
  readonly #tell: (event: AgentEvent) => void;
  #events: AgentEvent[];
  #isWritten = true;

  /** @param before what the agent of before wrote last: numbers go on */
  constructor(world: World, before: readonly AgentEvent[], tell: (event: AgentEvent) => void) {
    this.#world = world;
    this.#events = [...before];
    this.#tell = tell;
  }

  get events(): readonly AgentEvent[] {
    return this.#events;
  }

  note(what: string, site?: SiteName): void {
    const number = (this.#events.at(-1)?.number ?? 0) + 1;
    const at = new Date(this.#world.clock.now()).toISOString();
    // Before it is cut off: half a secret would not be known again.
    const shown = this.#world.state.secrets.redactor.redact(what);
    const event = { number, at, ...(site ? { site } : {}), what: shown.slice(0, longestWhat) };
    this.#events = [...this.#events, event].slice(-keptEvents);
    this.#isWritten = false;
    this.#tell(event);
  }

  /** Writes what is new, all of it at once. */
  async write(lease: Lease): Promise<void> {
    if (this.#isWritten) return;
    this.#isWritten = true;
    const { state, process } = this.#world;
    const value = JSON.stringify({ events: this.#events });
    try {
      await state.commit('What the agent saw', [
        lease.check(),
        { kind: 'set', key: keys.agentEvents(process.host), value },
      ]);
    } catch (error) {
      this.#isWritten = false;
      throw error;
    }
  }
}
