/** What an engine is given in a test: a process, and operations whose lines can be read. */
import { hostname } from 'node:os';
import type { Operation, ProcessFacts } from '../../core/index.ts';

/** The process that runs the test, for `openEngine`; every other one is taken for alive. */
export const testProcess: ProcessFacts = {
  version: '1.0.0',
  pid: process.pid,
  host: hostname(),
  cores: 2,
  isAlive: () => true,
};

/** An operation, and what was told while it ran. */
export interface TestOperation extends Operation {
  /** Lines of steps and taps, in order; a warning begins with `warning: `. */
  readonly told: readonly string[];
}

/** Nobody interrupts it, and its actor is `a test`, unless it is given otherwise. */
export function testOperation(given: Partial<Omit<Operation, 'reporter'>> = {}): TestOperation {
  const told: string[] = [];
  return {
    actor: 'a test',
    signal: new AbortController().signal,
    ...given,
    told,
    reporter: {
      deploy() {},
      begin() {},
      end() {},
      output: (_site, line) => void told.push(line),
      warn: (_site, line) => void told.push(`warning: ${line}`),
    },
  };
}
