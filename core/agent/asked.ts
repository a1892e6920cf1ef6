/** What the answers of a service's own check come to. Pure. */

/** What is remembered from one answer to the next. */
export interface Asked {
  readonly critical: boolean;
  /** Answers in a row that say otherwise. */
  readonly against: number;
  /** What came back when it last failed. */
  readonly because: string;
}

/** So many in a row make it critical, or passing again. */
const enough = { toFail: 2, toPass: 1 } as const;
/** Between two questions while the answers are not as they should be. */
const doubtMs = 500;

/** A service nobody has asked yet is taken as good: it was proven before it was registered. */
export const neverAsked: Asked = { critical: false, against: 0, because: '' };

/** It has to answer before it counts as good. */
export function failed(because: string): Asked {
  return { critical: true, against: 0, because };
}

export function afterAnswer(
  before: Asked,
  { found, because }: { readonly found: string; readonly because: string },
): Asked {
  const passes = found !== 'critical';
  const words = passes ? before.because : because;
  if (passes !== before.critical) return { ...before, against: 0, because: words };
  const against = before.against + 1;
  return against < enough[before.critical ? 'toPass' : 'toFail']
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
