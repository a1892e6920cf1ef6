import { describe, expect, it } from 'vitest';
import type { TapCall } from '../../core/hooks.ts';
import { TraceNotes } from '../../core/trace-notes.ts';

const call: TapCall = {
  hook: 'modifyRoute',
  plugin: 'mail',
  tap: 'tell',
  began: 1010,
  milliseconds: 5,
  result: 'ok',
};

describe('what is noted of a deploy', () => {
  it('is in the order in which it began, a tap with the step that it was called in', () => {
    const notes = new TraceNotes(1000);
    notes.tap({ ...call, hook: 'received', began: 1000 });
    const end = notes.step('build', 1010);
    notes.tap({ ...call, hook: 'modifyBuild' });
    end(20, 'failed');
    notes.tap({ ...call, hook: 'failed', began: 1040 });
    expect(notes.spans()).toEqual([
      expect.objectContaining({ kind: 'tap', hook: 'received', start: 0 }),
      { kind: 'step', step: 'build', start: 10, milliseconds: 20, result: 'failed' },
      expect.objectContaining({ hook: 'modifyBuild', step: 'build', start: 10, milliseconds: 5 }),
      expect.objectContaining({ hook: 'failed', start: 40 }),
    ]);
    expect(notes.spans().map((span) => 'step' in span)).toEqual([false, true, true, false]);
  });

  it('is one entry for the calls of one tap in one step, with the slowest and the first problem', () => {
    const notes = new TraceNotes(1000);
    notes.tap(call);
    notes.tap({ ...call, began: 1030, milliseconds: 20, result: 'timeout', problem: 'too long' });
    notes.tap({ ...call, began: 1012, result: 'failed', problem: 'no' });
    const end = notes.step('apply', 1060);
    notes.tap({ ...call, began: 1060 });
    end(5, 'ok');
    expect(notes.spans()).toMatchObject([
      { start: 10, milliseconds: 40, calls: 3, slowest: 20, result: 'timeout', problem: 'too long' },
      { kind: 'step' },
      { step: 'apply', start: 60, calls: 1, slowest: 5, result: 'ok' },
    ]);
  });

  it('is bounded, whatever plugins do', () => {
    const notes = new TraceNotes(0);
    for (let number = 0; number < 250; number++) notes.tap({ ...call, tap: `${number} ${'x'.repeat(1000)}` });
    expect(notes.spans()).toHaveLength(200);
    expect(notes.left).toBe(50);
    expect(JSON.stringify(notes.spans()).length).toBeLessThan(100_000);
  });
});
