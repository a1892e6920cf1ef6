/** The row of the hooks themselves. */
import { createHooks, type HookCaller } from '../../core/hooks.ts';
import type { Settled } from '../../core/index.ts';
import { atMost } from './goal.ts';
import { type Row, rowOf } from './measure.ts';

const [taps, calls] = [10, 2_000];

/** Ten plugins tap one hook, each with its time limit; what one call of the hook takes. */
export async function dispatch(rounds: number): Promise<Row[]> {
  const hooks = createHooks();
  for (let index = 0; index < taps; index++)
    hooks.forPlugin(`plugin-${index}`).settled.tap('nothing', () => {});
  hooks.seal();
  const caller: HookCaller = { signal: new AbortController().signal, output: () => {}, warn: () => {} };
  const fact = { outcome: 'current', steps: [] } as unknown as Settled;
  const values: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const began = performance.now();
    for (let call = 0; call < calls; call++) await hooks.announce('settled', fact, caller);
    if (round > 0) values.push(((performance.now() - began) * 1000) / calls);
  }
  return [rowOf({ name: `a hook with ${taps} taps`, unit: 'µs', goal: atMost(100) }, values)];
}
