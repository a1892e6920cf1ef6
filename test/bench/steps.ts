/** Where the time of a push goes: its steps, and what comes before the first of them. */
import type { PrivateInstance } from '../helpers/private-instance.ts';

/** Milliseconds by what they were for, in the order of a push. */
export type Spent = Readonly<Record<string, number>>;

/** What is read of `octo trace --json`. */
export interface Trace {
  readonly spans: readonly {
    readonly kind: string;
    readonly step?: string;
    readonly start: number;
    readonly milliseconds: number;
  }[];
}

/** Pure. @param answeredMs from the start of the push until its new version answered, which the last step brings about */
export function spentOf({ spans }: Trace, answeredMs: number): Spent {
  const steps = spans.filter(({ kind }) => kind === 'step');
  const end = Math.max(...steps.map(({ start, milliseconds }) => start + milliseconds));
  const first = Math.min(...steps.map(({ start }) => start));
  const inSteps = steps.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return {
    before: Math.max(answeredMs - end, 0) + first,
    ...Object.fromEntries(steps.map(({ step = '', milliseconds }) => [step, milliseconds])),
    between: Math.max(end - first - inSteps, 0),
  };
}

export async function askSpent(host: PrivateInstance, site: string, answeredMs: number): Promise<Spent> {
  const { code, stdout, stderr } = await host.octo('trace', site, '--json');
  if (code !== 0) throw new Error(`octo trace ${site} ended with ${code}\n${stderr}`);
  return spentOf(JSON.parse(stdout) as Trace, answeredMs);
}
