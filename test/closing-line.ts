/** Ends a test run with one plain line: `N passed, N failed, N skipped`; before it, what ran of each project of several. */
import type { Reporter, TestModule } from 'vitest/node';

export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tests = testsOf(modules);
    const broken = modules.filter((module) => module.errors().length > 0).length + unhandled.length;
    const skipped = count(tests, 'skipped') + count(tests, 'pending');
    const closing = `${count(tests, 'passed')} passed, ${count(tests, 'failed') + broken} failed, ${skipped} skipped`;
    process.stdout.write(`\n${[...projectLines(modules), closing].join('\n')}\n`);
  }
}

type Tests = ReturnType<typeof testsOf>;

function testsOf(modules: readonly TestModule[]) {
  return modules.flatMap((module) => [...module.children.allTests()]);
}

function count(tests: Tests, state: string): number {
  return tests.filter((test) => test.result().state === state).length;
}

function projectLines(modules: readonly TestModule[]): string[] {
  const projects = [...Map.groupBy(modules, ({ project }) => project.name)];
  if (projects.length < 2) return [];
  return projects.map(([name, some]) => {
    const tests = testsOf(some);
    return `${name}: ${count(tests, 'passed')} of ${tests.length}`;
  });
}
