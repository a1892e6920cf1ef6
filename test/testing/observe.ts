/** What every in-memory role has besides its role: a record of its calls, and faults that a test puts in. */

/** One call of a provider's method, recorded before any fault strikes. */
export interface Call {
  readonly method: string;
  readonly arguments: readonly unknown[];
}

// biome-ignore lint/suspicious/noExplicitAny: a method of any shape
type Method = (...parameters: any[]) => unknown;
type MethodName<Provider> = {
  [Name in keyof Provider]: Provider[Name] extends Method ? Name : never;
}[keyof Provider] &
  string;
type ParametersOf<Provider, Name extends keyof Provider> = Provider[Name] extends Method
  ? Parameters<Provider[Name]>
  : never;

/**
 * An error is thrown; a function is awaited with the call's arguments and may throw, wait, look on or send a signal.
 * Latency is a function that sleeps.
 */
export type Fault<Provider, Name extends keyof Provider> =
  | Error
  | ((...parameters: ParametersOf<Provider, Name>) => unknown);

export interface Faults<Provider> {
  /** Strikes each call before its work is done. Returns what takes the fault away again. */
  on<Name extends MethodName<Provider>>(method: Name, fault: Fault<Provider, Name>): () => void;
  /** Strikes the next call only. */
  once<Name extends MethodName<Provider>>(method: Name, fault: Fault<Provider, Name>): () => void;
  /** Strikes each call after its work was done: the caller does not learn that it was. */
  after<Name extends MethodName<Provider>>(method: Name, fault: Fault<Provider, Name>): () => void;
  clear(): void;
}

/** Calls and faults; several handles of one thing can share them. */
export interface Observation<Provider> {
  readonly calls: Call[];
  readonly faults: Faults<Provider>;
}

export type Observed<Provider> = Provider & Observation<Provider>;

interface Armed {
  readonly method: string;
  readonly when: 'before' | 'after';
  readonly once: boolean;
  readonly fault: Error | Method;
}

interface Observer<Provider> extends Observation<Provider> {
  readonly strike: (when: Armed['when'], call: Call) => Promise<void>;
}

/** Makes the calls and faults of one provider. */
export function createObserver<Provider>(): Observer<Provider> {
  const armed = new Set<Armed>();
  const arm = (when: Armed['when'], once: boolean) => (method: string, fault: Error | Method) => {
    const entry: Armed = { method, when, once, fault };
    armed.add(entry);
    return () => void armed.delete(entry);
  };
  return {
    calls: [],
    faults: {
      on: arm('before', false),
      once: arm('before', true),
      after: arm('after', false),
      clear: () => armed.clear(),
    },
    async strike(when, call) {
      for (const entry of [...armed].filter((one) => one.when === when && one.method === call.method)) {
        if (entry.once) armed.delete(entry);
        if (entry.fault instanceof Error) throw entry.fault;
        await entry.fault(...call.arguments);
      }
    },
  };
}

/**
 * Wraps every method of a provider. The provider's methods must not use `this`.
 * @param streams names of the methods that return an AsyncIterable; the others return a promise
 */
export function observe<Provider extends object>(
  provider: Provider,
  streams: readonly MethodName<Provider>[] = [],
  observer = createObserver<Provider>(),
): Observed<Provider> {
  const wrapped = Object.entries(provider).map(([name, value]) => {
    if (typeof value !== 'function') return [name, value];
    const isStream = (streams as readonly string[]).includes(name);
    return [name, isStream ? wrapStream(name, value, observer) : wrapCall(name, value, observer)];
  });
  const { calls, faults } = observer;
  return { ...Object.fromEntries(wrapped), calls, faults } as Observed<Provider>;
}

function wrapCall<Provider>(method: string, work: Method, { calls, strike }: Observer<Provider>): Method {
  return async (...parameters) => {
    const call: Call = { method, arguments: parameters };
    calls.push(call);
    await strike('before', call);
    const result = await work(...parameters);
    await strike('after', call);
    return result;
  };
}

function wrapStream<Provider>(method: string, work: Method, { calls, strike }: Observer<Provider>): Method {
  return (...parameters) => {
    const call: Call = { method, arguments: parameters };
    calls.push(call);
    const items = work(...parameters) as AsyncIterable<unknown>;
    return (async function* () {
      await strike('before', call);
      yield* items;
      await strike('after', call);
    })();
  };
}
