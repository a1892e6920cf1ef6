/** What runs, as rows of a table. Pure. */
import type { RunningInstance } from '../../core/index.ts';
import { duration } from './text.ts';

export const runningTitles = [
  'INSTANCE',
  'SITE',
  'RELEASE',
  'STATE',
  'SINCE',
  'RESTARTS',
  'ADDRESS',
] as const;

/** @param now milliseconds since 1970 */
export function runningRow(
  { name, site, release, state, role, startedAt, restarts, exitCode, addresses }: RunningInstance,
  now: number,
): string[] {
  const ended = exitCode === undefined ? state : `${state} (${exitCode})`;
  return [
    name,
    site,
    String(release),
    role === 'current' ? ended : `${ended}, ${role}`,
    startedAt === undefined ? '-' : age(now - Date.parse(startedAt)),
    String(restarts),
    addresses.join(' ') || '-',
  ];
}

const [hour, day] = [3_600_000, 86_400_000];

/** `35 s`, `2 min 5 s`, `5 h`, `3 d`. */
function age(milliseconds: number): string {
  if (milliseconds >= 2 * day) return `${Math.floor(milliseconds / day)} d`;
  return milliseconds >= 2 * hour ? `${Math.floor(milliseconds / hour)} h` : duration(milliseconds);
}
