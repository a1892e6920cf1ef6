/** What became of every request, counted for clients that never retry and for clients that do as browsers. Pure. */

export const kinds = ['keep-alive', 'one-shot', 'slow', 'upload', 'events', 'websocket'] as const;
export type Kind = (typeof kinds)[number];

/** One request on the wire. */
export interface Attempt {
  readonly method: 'GET' | 'POST';
  /** Whether the connection had carried a request before. */
  readonly reused: boolean;
  /** Bytes of an answer that came. */
  readonly bytes: number;
  /** Why it counts as lost; absent: answered whole, by a version that may answer. */
  readonly failure?: string;
}

/** A request of a client, with the retry that was allowed to it. Times in milliseconds. */
export interface Fate {
  readonly kind: Kind;
  readonly began: number;
  readonly ended: number;
  readonly first: Attempt;
  readonly second?: Attempt;
}

export interface Count {
  readonly requests: number;
  /** Failures of clients that never retry. */
  readonly lost: number;
  /** Failures of clients that retry as browsers do. */
  readonly lostWithRetry: number;
}

export interface Summary extends Count {
  readonly byKind: Readonly<Record<Kind, Count>>;
  /** The longest time in which no short request was answered, in milliseconds. */
  readonly longestGap: number;
  /** Why requests failed, without repetition. */
  readonly reasons: readonly string[];
}

/**
 * A browser sends a request again, once, where it may be sent twice and the connection, an idle one, was closed before a
 * byte of the answer.
 */
export function mayRetry({ method, reused, bytes, failure }: Attempt): boolean {
  return failure !== undefined && method === 'GET' && reused && bytes === 0;
}

export function summarize(fates: readonly Fate[]): Summary {
  const of = (kind: Kind) => countOf(fates.filter((fate) => fate.kind === kind));
  const failures = fates.flatMap(({ kind, first, second }) =>
    [first.failure, second?.failure].flatMap((failure) => (failure ? [`${kind}: ${failure}`] : [])),
  );
  return {
    ...countOf(fates),
    byKind: Object.fromEntries(kinds.map((kind) => [kind, of(kind)])) as Record<Kind, Count>,
    longestGap: longestGap(fates),
    reasons: [...new Set(failures)],
  };
}

function countOf(fates: readonly Fate[]): Count {
  const lost = fates.filter(({ first }) => first.failure !== undefined);
  const lostWithRetry = lost.filter(({ second }) => second === undefined || second.failure !== undefined);
  return { requests: fates.length, lost: lost.length, lostWithRetry: lostWithRetry.length };
}

function longestGap(fates: readonly Fate[]): number {
  const short = fates.filter(({ kind }) => kind === 'keep-alive' || kind === 'one-shot');
  const answered = short.filter(({ first, second = first }) => second.failure === undefined);
  const times = [
    Math.min(...short.map(({ began }) => began)),
    ...answered.map(({ ended }) => ended).toSorted((a, b) => a - b),
    Math.max(...short.map(({ ended }) => ended)),
  ];
  return times.slice(1).reduce((gap, time, index) => Math.max(gap, time - (times[index] ?? time)), 0);
}

/** Which bounds a scenario breaks. @param reloaded whether nginx was reloaded for its changes of routes */
export function brokenBounds({ requests, lost, lostWithRetry }: Count, reloaded: boolean): string[] {
  const allowed = reloaded ? Math.floor(requests / 10_000) : 0;
  return [
    ...(requests === 0 ? ['no request was made'] : []),
    ...(lostWithRetry > 0 ? [`${lostWithRetry} failed for clients that retry; none may`] : []),
    ...(lost > allowed ? [`${lost} of ${requests} failed for clients that never retry; ${allowed} may`] : []),
  ];
}
