/** A moment as people name it. Pure. */
import { errors } from './errors.ts';

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Milliseconds since 1970 of `90s`, `15m`, `2h`, `3d` (ago), or of an ISO 8601 time, in UTC where it names no zone.
 * @param now milliseconds since 1970
 * @throws E_ARGUMENTS
 */
export function momentOf(text: string, now: number): number {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return now - Number(count) * (unitMs[unit] ?? 0);
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.test(text);
  const hasZone = /T.*(Z|[+-]\d\d:\d\d)$/.test(text);
  const found = isTime ? Date.parse(text.includes('T') && !hasZone ? `${text}Z` : text) : Number.NaN;
  if (Number.isNaN(found))
    throw errors.E_ARGUMENTS({
      problem: `${JSON.stringify(text.slice(0, 80))} is no moment: write 15m, 2h, 3d or 2026-03-01T12:30.`,
    });
  return found;
}
