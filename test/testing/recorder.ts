/** A plugin that taps every hook and writes down what it is told: the order of a deploy, as data. */
import { type LifecycleName, lifecycle, type ModifierName, type Plugin } from '../../core/index.ts';

export interface RecordedEvent {
  readonly hook: LifecycleName | ModifierName;
  readonly kind: 'lifecycle' | 'modifier';
  /** The fact or value as it was given, frozen. */
  // biome-ignore lint/suspicious/noExplicitAny: each hook has facts of its own
  readonly payload: any;
}

export interface Recorder extends Plugin {
  /** In the order in which the hooks were called. */
  readonly events: RecordedEvent[];
  /** Names of the lifecycle hooks that were called, in order; of one site where it is given. */
  lifecycle(site?: string): LifecycleName[];
  /** The payloads of one hook, in order. */
  // biome-ignore lint/suspicious/noExplicitAny: each hook has facts of its own
  payloads(hook: LifecycleName | ModifierName): any[];
  clear(): void;
}

export function recorder(name = 'recorder'): Recorder {
  const events: RecordedEvent[] = [];
  return {
    name,
    events,
    lifecycle: (site) =>
      events
        .filter(({ kind, payload }) => kind === 'lifecycle' && (site === undefined || payload.site === site))
        .map(({ hook }) => hook as LifecycleName),
    payloads: (hook) => events.filter((event) => event.hook === hook).map(({ payload }) => payload),
    clear: () => void events.splice(0),
    setup({ hooks }) {
      for (const hook of Object.keys(hooks) as (LifecycleName | ModifierName)[]) {
        const kind = hook in lifecycle ? 'lifecycle' : 'modifier';
        hooks[hook].tap('record', (payload: unknown) => void events.push({ hook, kind, payload }));
      }
    },
  };
}
