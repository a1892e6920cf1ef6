/** What the answers of a service's own check come to. Pure. */
import type { Release } from '../release.ts';

/** What is remembered from one answer to the next. */
export interface Asked {
  readonly critical: boolean;
  /** Answers in a row that say otherwise. */
  readonly against: number;
  /** What came back when it last failed. */
  readonly because: string;
}

/** So many answers in a row make a service critical, or passing again. */
export interface Thresholds {
  readonly failures: number;
  readonly successes: number;
}

const usual: Thresholds = { failures: 2, successes: 1 };
/** Between two questions while the answers are not as they should be. */
const doubtMs = 500;

/** A service nobody has asked yet is taken as good: it was proven before it was registered. */
export const neverAsked: Asked = { critical: false, against: 0, because: '' };

/** What a release says of its services, and else the usual. */
export function thresholdsOf(release: Pick<Release, 'service'> | undefined): Thresholds {
  const { failures = usual.failures, successes = usual.successes } = release?.service?.check ?? {};
  return { failures, successes };
}

/** It has to answer before it counts as good. */
export function failed(because: string): Asked {
  return { critical: true, against: 0, because };
}

export function afterAnswer(
  before: Asked,
  { found, because }: { readonly found: string; readonly because: string },
  { failures, successes }: Thresholds,
): Asked {
  const passes = found !== 'critical';
  const words = passes ? before.because : because;
  if (passes !== before.critical) return { ...before, against: 0, because: words };
  const against = before.against + 1;
  return against < (before.critical ? successes : failures)
    ? { ...before, against, because: words }
    : { critical: !before.critical, against: 0, because: words };
}

/** Milliseconds until it is asked again: at its own interval while all is well, soon while it is not. */
export function askAgainAfter({ critical, against }: Asked, interval: string): number {
  const whole = intervalMs(interval);
  return critical || against > 0 ? Math.min(whole, doubtMs) : whole;
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `15s`, `1m`, `1h`; what is none of it counts as 15 s. */
export function intervalMs(text: string): number {
  const [, count, unit = ''] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? [];
  const found = Number(count) * (units[unit] ?? 0);
  return found > 0 ? found : 15_000;
}
