/** One door: where something comes in, what may come in there, and what must be true of whatever gets through. */
import * as fc from 'fast-check';
import { exitCodes, isOctohostError } from '../../core/errors.ts';
import { always } from './inputs.ts';

export type Outcome = 'refused' | 'harmless';

export interface Door<Input = unknown> {
  readonly name: string;
  readonly input: fc.Arbitrary<Input>;
  /** Inputs that once got through, or nearly; and one that has to get through. */
  readonly cases: readonly NoInfer<Input>[];
  /** Lets the input in. Throws where what comes of it could do harm. */
  enter(input: NoInfer<Input>): Outcome | Promise<Outcome>;
}

/** Keeps an input's type to the door itself. */
export function door<Input>(one: Door<Input>): Door {
  return one;
}

/** An error that octohost expects refuses the input; any other is a bug. */
export function refusedBy(error: unknown): 'refused' {
  if (!isOctohostError(error) || error.exit === exitCodes.bug) throw error;
  return 'refused';
}

export function enterBy<Input, Read>(
  read: (input: Input) => Read,
  isHarmless: (read: Read, input: Input) => void,
): (input: Input) => Outcome {
  return (input) => {
    let found: Read;
    try {
      found = read(input);
    } catch (error) {
      return refusedBy(error);
    }
    isHarmless(found, input);
    return 'harmless';
  };
}

export function must(is: boolean, what: string, ...facts: readonly unknown[]): void {
  if (!is) throw new Error(`${what}: ${facts.map((fact) => JSON.stringify(fact)).join(' ')}`);
}

export type Counts = Record<Outcome, number>;

/** Those of the door, and what every door of texts has to bear. */
export function casesOf({ cases }: Door): readonly unknown[] {
  return cases.every((one) => typeof one === 'string') ? [...cases, ...always] : cases;
}

/** Every case, and so many inputs more. Throws with the seed of the first that does harm. */
export async function assault(asked: Door, runs: number): Promise<Counts> {
  const { input, enter } = asked;
  const cases = casesOf(asked);
  const counts: Counts = { refused: 0, harmless: 0 };
  const property = fc.asyncProperty(input, async (one) => {
    counts[await enter(one)]++;
  });
  await fc.assert(property, { numRuns: cases.length + runs, examples: cases.map((one) => [one]) });
  return counts;
}
