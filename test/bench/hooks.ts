/** What a hook with ten taps costs. It has no floor: ten calls of a function cost nothing that could be measured. */

import { createHooks, type HookCaller } from '../../core/hooks.ts';
import { parseSiteName } from '../../core/index.ts';

/** The most that a hook with ten taps, each under its time limit, may cost. */
const goalMicroseconds = 100;

export interface HookCost {
  /** Median of one call of the hook. */
  readonly microseconds: number;
  readonly goal: number;
  readonly met: boolean;
}

export async function hookCost(rounds = 5, calls = 2000): Promise<HookCost> {
  const hooks = createHooks();
  for (let number = 0; number < 10; number++)
    hooks.forPlugin(`plugin-${number}`).removed.tap('nothing', async () => {});
  hooks.seal();
  const { signal } = new AbortController();
  const caller: HookCaller = { signal, output: () => {}, warn: () => {}, tapped: () => {} };
  const fact = { site: parseSiteName('app'), volumes: [] };
  const round = async () => {
    const began = performance.now();
    for (let call = 0; call < calls; call++) await hooks.announce('removed', fact, caller);
    return ((performance.now() - began) * 1000) / calls;
  };
  await round();
  const times: number[] = [];
  for (let number = 0; number < rounds; number++) times.push(await round());
  const microseconds = times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
  return { microseconds, goal: goalMicroseconds, met: microseconds <= goalMicroseconds };
}

/** A sentence. Pure. */
export function hookLine({ microseconds, goal, met }: HookCost): string {
  return `A hook with ten taps: ${microseconds.toFixed(0)} µs (goal: ≤ ${goal} µs, ${met ? 'met' : 'missed'}).`;
}
