/** Prints what the matrix came to, one line for each kind of deploy: points, kills, throws, and whether all was whole. */
import type { Reporter, TestModule } from 'vitest/node';
import type { MatrixMeta } from './matrix.ts';

export interface Round extends MatrixMeta {
  readonly whole: boolean;
}

export default class FaultTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const rounds = tests.flatMap((test): Round[] => {
      const { matrix } = test.meta() as { matrix?: MatrixMeta };
      return matrix ? [{ ...matrix, whole: test.result().state === 'passed' }] : [];
    });
    if (rounds.length > 0) process.stdout.write(`\n${tableLines(rounds).join('\n')}\n`);
  }
}

/** Pure. */
export function tableLines(rounds: readonly Round[]): string[] {
  const kinds = [...Map.groupBy(rounds, ({ kind }) => kind)];
  const rows = [...kinds.map(([kind, some]) => row(kind, some)), row('all', rounds)];
  return [['', 'points', 'kills', 'throws', 'whole'], ...rows].map(([name = '', ...cells]) =>
    [name.padEnd(12), ...cells.map((cell) => cell.padStart(8))].join(' ').trimEnd(),
  );
}

function row(name: string, rounds: readonly Round[]): string[] {
  const count = (begin: string) => rounds.filter(({ mode }) => mode.startsWith(begin)).length;
  const whole = rounds.filter((round) => round.whole).length;
  const points = new Set(rounds.map(({ kind, point }) => `${kind} ${point}`)).size;
  return [
    name,
    String(points),
    String(count('kill')),
    String(count('throw')),
    whole === rounds.length ? 'all' : String(whole),
  ];
}
