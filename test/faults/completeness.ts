/** Whether every change that was seen from outside happened at a named point. Pure. */
import type { Passage } from './fault.ts';
import type { Change } from './system-calls.ts';

/** A request that changes something in the Docker Engine, as the proxy on its socket saw it. */
export interface DockerRequest {
  readonly at: number;
  /** `POST /containers/create`. */
  readonly asked: string;
}

/** What may change outside of a point, and why that is harmless. */
export interface Harmless {
  /** `openat /file`, as a whole. */
  readonly change: RegExp;
  readonly reason: string;
}

/** Clocks of two programs that look at the same moment, in milliseconds. */
const skew = 2;

/** One line for each change that no point and no reason covers. */
export function uncovered(
  changes: readonly Change[],
  requests: readonly DockerRequest[],
  passages: readonly Passage[],
  harmless: readonly Harmless[],
): string[] {
  const strange = changes.filter(
    (change) =>
      !passages.some((passage) => covers(passage, change)) &&
      !change.objects.every((object) => harmless.some((one) => one.change.test(`${change.call} ${object}`))),
  );
  const unasked = requests.filter(({ at }) => !passages.some((passage) => isWithin(passage, at)));
  return [
    ...strange.map(({ call, objects, at }) => `${call} ${objects.join(' ')} (${nearest(passages, at)})`),
    ...unasked.map(({ asked, at }) => `${asked} (${nearest(passages, at)})`),
  ];
}

/** What another program does in a point's name is its own, whenever it does it. */
function covers(passage: Passage, { at, lineage }: Change): boolean {
  if (passage.child !== undefined && lineage.includes(passage.child)) return true;
  return lineage.includes(passage.pid) && isWithin(passage, at);
}

function isWithin({ began, ended = Infinity }: Passage, at: number): boolean {
  return at >= began - skew && at <= ended + skew;
}

/** Where to look for it. */
function nearest(passages: readonly Passage[], at: number): string {
  const before = passages.filter(({ began }) => began <= at).toSorted((a, b) => b.began - a.began)[0];
  return before ? `after ${before.program} ${before.name} had begun` : 'before any point';
}
