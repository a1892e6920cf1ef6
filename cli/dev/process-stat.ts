/** What `/proc/<pid>/stat` says about a process (proc(5)). */
export interface ProcessStat {
  /** One letter: R, S, D, T, and Z or X for a process that has ended. */
  state: string;
  /** When it started, in clock ticks after boot (field 22): with the pid, it names one process and no later one. */
  startTime: number;
}

/** Reads the text of a stat file; undefined if it is not one. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  // Field 2, the name in parentheses, may hold spaces and parentheses itself: all others come after its last one.
  const fields = text
    .slice(text.lastIndexOf(')') + 1)
    .trim()
    .split(' ');
  const state = fields[0];
  const startTime = Number(fields[19]);
  if (!text.includes(')') || !state || fields[19] === undefined || !Number.isSafeInteger(startTime))
    return undefined;
  return { state, startTime };
}

/** True if the process does anything still: a zombie has ended, only its parent has not asked yet. */
export function isAlive(stat: ProcessStat | undefined): stat is ProcessStat {
  return stat !== undefined && stat.state !== 'Z' && stat.state !== 'X';
}
