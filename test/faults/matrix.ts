/** Every point of a deploy × every fault: one test each. */
import { expect, it } from 'vitest';
import { Bench, type Reference } from './bench.ts';
import { type Mode, modes } from './fault.ts';
import type { Kind } from './kinds.ts';
import type { FaultLab } from './lab.ts';

/** What a test of the matrix tells the table. */
export interface MatrixMeta {
  readonly kind: string;
  readonly point: string;
  readonly mode: Mode;
}

type Points = Reference['points'];

/** Whether a fault is tried at a point. */
type Choose = (point: Points[number], mode: Mode) => boolean;

/**
 * Where a push has shown the rest: what is killed after a change is killed before the next one, and an error matters most
 * where it has to be undone.
 */
export const oneOfEach: Choose = ({ name }, mode) =>
  mode === 'kill after' || (mode === 'throw before' && /^(?:store\.transact pointer|router\.)/.test(name));

/** Records a clean deploy of this kind, and registers a test for each of its points and each fault that is chosen. */
export async function matrix(lab: FaultLab, kind: Kind, choose: Choose = () => true): Promise<void> {
  const bench = new Bench(lab, kind);
  const reference = await bench.record();
  for (const point of reference.points)
    for (const mode of modesOf(point).filter((one) => choose(point, one)))
      it(`${kind.name}: ${mode} ${point.program} ${point.name}`, async ({ task }) => {
        const meta: MatrixMeta = { kind: kind.name, point: `${point.program} ${point.name}`, mode };
        Object.assign(task.meta, { matrix: meta });
        const { became, code } = await bench.round({ fault: { ...point, mode } }, reference);
        // What was not done cannot have become current; of what was done the answer may be lost.
        if (mode === 'throw before' && code !== 0) expect(became).toBe('old');
      });
}

/** A hook changes nothing itself: what is after it is before the next point. */
function modesOf({ name, killOnly }: Points[number]): readonly Mode[] {
  if (killOnly) return ['kill before', 'kill after'];
  return name.startsWith('hook.') ? ['kill after', 'throw before'] : modes;
}
