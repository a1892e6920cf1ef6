/** Prints for each fault of Consul: requests to the site, failures, seconds until the route was right. */
import type { Reporter, TestModule } from 'vitest/node';
import type { FaultMeta } from './site-under-fault.ts';

export default class ConsulTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const rows = tests.flatMap((test) => {
      const { consul } = test.meta() as { consul?: FaultMeta };
      return consul ? [consul] : [];
    });
    if (rows.length > 0) process.stdout.write(`\n${tableLines(rows).join('\n')}\n`);
  }
}

/** Pure. */
export function tableLines(rows: readonly FaultMeta[]): string[] {
  const cells = rows.map(({ fault, requests, failures, seconds, outcome }) => [
    fault,
    String(requests),
    String(failures),
    seconds.toFixed(1),
    outcome,
  ]);
  const head = ['Consul', 'requests', 'failures', 'seconds until right', 'the deploy'];
  const all = [head, ...cells];
  const width = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(width[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
