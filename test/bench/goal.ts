/** When a figure is good enough. Pure. */

/** What is counted: seconds, CPU of user and system together, resident memory, pushes done in a second. */
export type Unit = 's' | 'ms' | 'ms CPU' | 'µs' | 'MB' | 'in 1 s';

export interface Goal {
  text(unit: Unit): string;
  isMet(value: number, floor: number): boolean;
}

/** At most so many times the floor. */
export function timesFloor(most: number): Goal {
  return { text: () => `≤ ${most} ×`, isMet: (value, floor) => value <= floor * most };
}

/** At least so many times the floor, where more is better. */
export function timesFloorOrMore(least: number): Goal {
  return { text: () => `≥ ${least} ×`, isMet: (value, floor) => value >= floor * least };
}

/** At most so much more than the floor. */
export function overFloor(most: number): Goal {
  return { text: (unit) => `≤ floor + ${most} ${unit}`, isMet: (value, floor) => value <= floor + most };
}

/** At most so much, whatever the floor is. */
export function atMost(most: number): Goal {
  return { text: (unit) => `≤ ${most} ${unit}`, isMet: (value) => value <= most };
}
