/** Prints what each provider made of its contract: role, provider, checks, how many it keeps and how many it does not. */
import type { Reporter, TestModule } from 'vitest/node';
import type { ContractMeta } from './suite.ts';

export interface CheckedContract extends ContractMeta {
  /** Whether the provider keeps to one check. */
  readonly kept: boolean;
}

export default class ContractTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const checks = tests.flatMap((test): CheckedContract[] => {
      const { contract } = test.meta() as { contract?: ContractMeta };
      return contract ? [{ ...contract, kept: test.result().state === 'passed' }] : [];
    });
    if (checks.length > 0) process.stdout.write(`\n${tableLines(checks).join('\n')}\n`);
  }
}

/** Pure. One line for each provider, by role and name, and one for all of them. */
export function tableLines(checks: readonly CheckedContract[]): string[] {
  const byProvider = Map.groupBy(checks, ({ role, provider }) => `${role}\0${provider}`);
  const rows = [...byProvider]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, some]) => [...key.split('\0'), ...counts(some)]);
  const all = [['role', 'provider', 'checks', 'passed', 'failed'], ...rows, ['all', '', ...counts(checks)]];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
}

function counts(checks: readonly CheckedContract[]): string[] {
  const kept = checks.filter((check) => check.kept).length;
  return [checks.length, kept, checks.length - kept].map(String);
}
