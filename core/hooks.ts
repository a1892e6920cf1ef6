/** Every hook in one table, and how a tap is run: named, timed, abortable, its errors attributed. */
import { AsyncSeriesHook, AsyncSeriesWaterfallHook } from 'tapable';
import { errors } from './error-catalogue.ts';
import { isOctohostError, messageOf, placeError } from './errors.ts';
import { freeze } from './freeze.ts';
import { nearest } from './nearest.ts';
import type {
  Built,
  Failed,
  InstanceService,
  Published,
  Received,
  Registered,
  Removed,
  Retired,
  Route,
  Routed,
  Settled,
  SiteConf,
  Started,
} from './release.ts';
import type { BuildRequest, InstanceSpec } from './roles.ts';
import { takingStrayOutput } from './stray-output.ts';
import { TimeOver, withinTime } from './time-limit.ts';

/** Told after the fact is recorded. */
export interface LifecycleHooks {
  received: Received;
  built: Built;
  started: Started;
  registered: Registered;
  routed: Routed;
  published: Published;
  retired: Retired;
  removed: Removed;
  failed: Failed;
  settled: Settled;
}

/** Asked before a step uses a value. A tap returns the changed value, or undefined to leave it. */
export interface ModifierHooks {
  /**
   * Before what the site file says is used, for a site without one too: options, environment, domains. Asked at each
   * push and `-o plan`; the change is kept with the release.
   */
  modifySiteConf: SiteConf;
  /** Before an image is built: arguments, cache. */
  modifyBuild: BuildRequest;
  /** Before the spec digest is taken: environment, limits. The change becomes part of the release. */
  modifySpec: InstanceSpec;
  /** Before an instance is registered: tags. */
  modifyService: InstanceService;
  /** Before routes are rendered: domains. Asked for every site at each apply. */
  modifyRoute: Route;
}

/** The name of a hook that tells a fact. */
export type LifecycleName = keyof LifecycleHooks;
/** The name of a hook that a value is passed through. */
export type ModifierName = keyof ModifierHooks;

/** A hook as the table of the plugin guide shows it. */
export interface HookFacts {
  /** When it is called. */
  readonly when: string;
  /** The type of what a tap gets. */
  readonly payload: string;
  /** Whether a tap that fails stops what is going on; else it is a warning. */
  readonly gate: boolean;
}

/** A throwing tap on a gate fails the deploy; on the others it only warns, for what they tell has happened. */
export const lifecycle: Readonly<Record<LifecycleName, HookFacts>> = {
  received: { gate: true, payload: 'Received', when: 'a push or deploy was taken, before anything is built' },
  built: { gate: true, payload: 'Built', when: 'the image was built; not where a known one is used again' },
  started: { gate: true, payload: 'Started', when: 'new instances run and have passed their check' },
  registered: {
    gate: true,
    payload: 'Registered',
    when: 'their services are in the catalog, before the switch',
  },
  routed: { gate: false, payload: 'Routed', when: 'the release is current and requests reach it' },
  published: { gate: false, payload: 'Published', when: 'the image is in the registry' },
  retired: { gate: false, payload: 'Retired', when: 'instances that serve no more were stopped' },
  removed: { gate: false, payload: 'Removed', when: 'a site was taken away' },
  failed: {
    gate: false,
    payload: 'Failed',
    when: 'a deploy did not become current, after it was cleaned up',
  },
  settled: { gate: false, payload: 'Settled', when: 'a deploy has ended, good or bad' },
};

/** One that fails for the route of a site leaves that route as it was: it must not stop those of all. */
export const modifiers: Readonly<Record<ModifierName, HookFacts>> = {
  modifySiteConf: { gate: true, payload: 'SiteConf', when: 'before what the site file says is used' },
  modifyBuild: { gate: true, payload: 'BuildRequest', when: 'before an image is built' },
  modifySpec: { gate: true, payload: 'InstanceSpec', when: 'before the digest of the spec is taken' },
  modifyService: { gate: true, payload: 'InstanceService', when: 'before an instance is registered' },
  modifyRoute: { gate: false, payload: 'Route', when: 'before routes are rendered' },
};

/** What a tap gets beside its value. */
export interface TapContext {
  /** Aborted on Ctrl-C and when the tap's time is over. */
  readonly signal: AbortSignal;
  /** A line for the pusher. */
  output(line: string): void;
}

/** What a tap may say of itself. */
export interface TapOptions {
  /** Seconds until the tap's signal aborts and the tap counts as failed; 30 by default. */
  timeoutSeconds?: number;
}

/** What a plugin taps: `api.hooks.routed.tap('dns-record', async (routed, { signal }) => { … })`. */
export interface Tappable<Value, Result> {
  tap(
    name: string,
    run: (value: Value, context: TapContext) => Result | Promise<Result>,
    options?: TapOptions,
  ): void;
}

/** Every hook by its name, as a plugin taps it. */
export type PluginHooks = {
  readonly [Name in LifecycleName]: Tappable<LifecycleHooks[Name], void>;
} & {
  // biome-ignore lint/suspicious/noConfusingVoidType: a modifier may return nothing
  readonly [Name in ModifierName]: Tappable<ModifierHooks[Name], ModifierHooks[Name] | undefined | void>;
};

/** A call of a tap that has ended. */
export interface TapCall {
  readonly hook: LifecycleName | ModifierName;
  readonly plugin: string;
  /** As its plugin names it. */
  readonly tap: string;
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly milliseconds: number;
  readonly result: 'ok' | 'failed' | 'timeout' | 'aborted';
  /** Why it is not `ok`. */
  readonly problem?: string;
}

/** Who calls a hook: when to stop, and where lines and warnings go. */
export interface HookCaller {
  readonly signal: AbortSignal;
  output(line: string): void;
  warn(line: string): void;
  /** Told of each tap that has ended, whatever came of it. */
  tapped?(call: TapCall): void;
}

type Run = (value: never, context: TapContext) => unknown;
type AnyHook = {
  tapPromise(name: string, run: AttributedTap): void;
};

const defaultTimeoutSeconds = 30;

export interface Hooks {
  /** Calls the taps of a lifecycle hook one after another, in the order of the plugins list. */
  announce<Name extends LifecycleName>(
    name: Name,
    fact: LifecycleHooks[Name],
    caller: HookCaller,
  ): Promise<void>;
  /** Passes a value through the taps of a modifier, in the order of the plugins list. */
  modify<Name extends ModifierName>(
    name: Name,
    value: ModifierHooks[Name],
    caller: HookCaller,
  ): Promise<ModifierHooks[Name]>;
  /** The hooks as the plugin of this name taps them. */
  forPlugin(plugin: string): PluginHooks;
  /** The hooks that the plugin of this name has tapped, each once. */
  tappedBy(plugin: string): string[];
  /** Hooks that plugins asked for and that do not exist, one line each. */
  unknown(): string[];
  /** From now on a tap is refused. */
  seal(): void;
}

/**
 * Makes the hooks of one engine, on tapable.
 * @param now milliseconds since 1970
 */
export function createHooks(now: () => number = Date.now): Hooks {
  const events = new Map(
    (Object.keys(lifecycle) as LifecycleName[]).map((name) => [
      name,
      new AsyncSeriesHook<[unknown, HookCaller]>(['fact', 'caller']),
    ]),
  );
  const waterfalls = new Map(
    (Object.keys(modifiers) as ModifierName[]).map((name) => [
      name,
      new AsyncSeriesWaterfallHook<[unknown, HookCaller]>(['value', 'caller']),
    ]),
  );
  const unknown = new Set<string>();
  const tapped = new Map<string, Set<string>>();
  let sealed = false;

  const tappable = (hook: AnyHook, name: LifecycleName | ModifierName, plugin: string) => ({
    tap(tapName: string, run: Run, options: TapOptions = {}) {
      const tap = `${plugin}:${tapName}`;
      if (sealed) throw errors.E_TAP_LATE({ hook: name, tap });
      if (typeof run !== 'function') throw new Error(`the tap ${tap} on ${name} has no function`);
      if (!isTimeout(options.timeoutSeconds))
        throw new Error(`the tap ${tap} on ${name} has the timeoutSeconds ${options.timeoutSeconds}`);
      const attributed = attribute({ hook: name, plugin, tap, run, ...options });
      const facts = { hook: name, plugin, tap: tapName };
      tapped.set(plugin, (tapped.get(plugin) ?? new Set()).add(name));
      if (name in lifecycle) {
        const noted = note(facts, now, attributed);
        hook.tapPromise(tap, (value, caller) => announceTo(name as LifecycleName, tap, noted, value, caller));
      } else hook.tapPromise(tap, note(facts, now, modifyBy({ hook: name, plugin, tap }, attributed)));
    },
  });

  return {
    async announce(name, fact, caller) {
      await events.get(name)?.promise(freeze(fact), caller);
    },
    async modify(name, value, caller) {
      return (await waterfalls.get(name)?.promise(freeze(value), caller)) as typeof value;
    },
    forPlugin(plugin) {
      const all = [...events, ...waterfalls] as [LifecycleName | ModifierName, AnyHook][];
      const known = Object.freeze(
        Object.fromEntries(all.map(([name, hook]) => [name, tappable(hook, name, plugin)])),
      );
      return new Proxy(known, {
        get(hooks, name) {
          if (typeof name === 'symbol' || name in hooks) return Reflect.get(hooks, name);
          unknown.add(`The plugin ${plugin} taps ${name}, which is no hook: ${adviceFor(name, hooks)}.`);
          return { tap() {} };
        },
      }) as unknown as PluginHooks;
    },
    tappedBy: (plugin) => [...(tapped.get(plugin) ?? [])],
    unknown: () => [...unknown],
    seal() {
      sealed = true;
    },
  };
}

function adviceFor(name: string, hooks: object): string {
  const names = Object.keys(hooks);
  const meant = nearest(name, names);
  return meant ? `write hooks.${meant}` : `the hooks are ${names.join(', ')}`;
}

/** Seconds that a timer can count. */
function isTimeout(seconds: number = defaultTimeoutSeconds): boolean {
  return seconds > 0 && seconds < 2 ** 31 / 1000;
}

interface TapPlace {
  readonly hook: string;
  readonly plugin: string;
  /** `plugin:name`. */
  readonly tap: string;
}

/** What every hook's value has. */
type OfSite = Pick<LifecycleHooks[LifecycleName] | ModifierHooks[ModifierName], 'site'>;
type AttributedTap = (value: OfSite, caller: HookCaller) => Promise<unknown>;

/** Runs a tap under its own time limit; whatever it throws leaves with the plugin's and the hook's name. */
function attribute(tap: TapPlace & { run: Run } & TapOptions): AttributedTap {
  const seconds = tap.timeoutSeconds ?? defaultTimeoutSeconds;
  return async (value, caller) => {
    try {
      const work = () =>
        withinTime(caller.signal, seconds, (signal) =>
          tap.run(value as never, { signal, output: (line) => caller.output(line) }),
        );
      return await takingStrayOutput(work, strayOf(tap, caller));
    } catch (error) {
      throw explain(error, tap, { site: value.site, seconds, aborted: caller.signal.aborted });
    }
  };
}

/** Warns once, and shows what was written as the tap's output. */
function strayOf({ hook, tap }: TapPlace, caller: HookCaller) {
  let warned = false;
  return (text: string) => {
    if (!warned)
      caller.warn(`${tap} on ${hook} writes to stdout; a tap tells lines by output(line) of its context`);
    warned = true;
    for (const line of text.replace(/\r?\n$/, '').split(/\r?\n/)) caller.output(line);
  };
}

/** Tells the caller how each call ended. */
function note(
  facts: Pick<TapCall, 'hook' | 'plugin' | 'tap'>,
  now: () => number,
  run: AttributedTap,
): AttributedTap {
  return async (value, caller) => {
    const began = now();
    const tell = (ended: Pick<TapCall, 'result' | 'problem'>) =>
      caller.tapped?.({ ...facts, began, milliseconds: now() - began, ...ended });
    try {
      const result = await run(value, caller);
      tell({ result: 'ok' });
      return result;
    } catch (error) {
      tell({ result: resultOf(error), problem: messageOf(error) });
      throw error;
    }
  };
}

function resultOf(error: unknown): TapCall['result'] {
  const code = isOctohostError(error) ? error.code : '';
  if (code === 'E_TIMEOUT') return 'timeout';
  return code === 'E_ABORTED' ? 'aborted' : 'failed';
}

function explain(
  error: unknown,
  tap: TapPlace,
  at: { site: string; seconds: number; aborted: boolean },
): unknown {
  const place = { hook: tap.hook, plugin: tap.plugin, site: at.site };
  if (at.aborted) return errors.E_ABORTED({ what: `The tap ${tap.tap}` }, place);
  if (error instanceof TimeOver)
    return errors.E_TIMEOUT({ what: `The tap ${tap.tap} on ${tap.hook}`, seconds: at.seconds }, place);
  if (!isOctohostError(error))
    return errors.E_TAP_FAILED(
      { tap: `${tap.tap} on ${tap.hook}`, cause: error },
      { cause: error, ...place },
    );
  placeError(error, place);
  return error;
}

async function announceTo(
  hook: LifecycleName,
  tap: string,
  run: AttributedTap,
  value: OfSite,
  caller: HookCaller,
): Promise<void> {
  try {
    await run(value, caller);
  } catch (error) {
    if (lifecycle[hook].gate) throw error;
    caller.warn(`${tap} on ${hook}: ${messageOf(error)}`);
  }
}

function modifyBy({ tap, ...place }: TapPlace, run: AttributedTap): AttributedTap {
  return async (value, caller) => {
    const refuse = (problem: string) =>
      errors.E_MODIFIER_RESULT({ tap: `${tap} on ${place.hook}`, problem }, { ...place, site: value.site });
    const result = await run(value, caller);
    if (result === undefined) return value;
    if (result === null || typeof result !== 'object')
      throw refuse(result === null ? 'null' : `a ${typeof result}`);
    const missing = Object.keys(value).filter((key) => !(key in result));
    if (missing.length > 0) throw refuse(`a value without ${missing.join(', ')}`);
    return freeze(result);
  };
}
