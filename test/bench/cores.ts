/** What keeps a machine from doing more at once: how many of its cores are busy. */
import { cpus } from 'node:os';

/** CPU time of all processes of this machine since it started, in seconds. */
export function cpuSeconds(): number {
  const times = cpus().map(({ times: { user, nice, sys, irq } }) => user + nice + sys + irq);
  return times.reduce((sum, time) => sum + time, 0) / 1000;
}

/** A note under the table. Pure. */
export function coresNote(what: string, busy: Readonly<Record<string, number>>): string {
  const each = Object.entries(busy).map(([name, cores]) => `${cores.toFixed(2)} ${name}`);
  return `cores that are busy, of ${cpus().length}, ${what}: ${each.join(', ')}.`;
}
