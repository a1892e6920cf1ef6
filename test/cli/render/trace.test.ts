import { describe, expect, it } from 'vitest';
import { chromeTrace, timelineLines } from '../../../cli/render/trace.ts';
import { type DeployTrace, parseSiteName, type TracedTap } from '../../../core/index.ts';

const tap: TracedTap = {
  kind: 'tap',
  hook: 'routed',
  plugin: 'mail',
  tap: 'tell',
  start: 900,
  milliseconds: 100,
  calls: 1,
  slowest: 100,
  result: 'ok',
};
const trace: DeployTrace = {
  site: parseSiteName('app'),
  deploy: 'd1',
  began: '2026-11-26T09:00:00.000Z',
  milliseconds: 1000,
  spans: [
    { kind: 'step', step: 'build', start: 0, milliseconds: 500, result: 'ok' },
    { ...tap, hook: 'modifyBuild', step: 'build', start: 0, milliseconds: 1, calls: 2 },
    { ...tap, usual: 3 },
    {
      ...tap,
      hook: 'settled',
      start: 999,
      milliseconds: 1,
      result: 'timeout',
      problem: 'too \u001b[31mlong',
    },
    { ...tap, hook: 'retired', start: 65_000, milliseconds: 2 },
  ],
};

describe('the timeline of a deploy', () => {
  it('has a line for each span, and a bar from its begin to its end', () => {
    expect(timelineLines(trace, { width: 56 })).toEqual([
      'build                       500 ms  ██████████',
      '  modifyBuild mail:tell ×2    1 ms  █',
      'routed mail:tell            100 ms                    ██',
      '  ! took 100 ms; usually it takes 3 ms',
      'settled mail:tell             1 ms                     █',
      '  ! timeout: too long',
      'retired mail:tell             2 ms  +65000 ms',
    ]);
  });

  it.each([30, 40, 80, 200])('fits into %i columns', (width) => {
    const long = { ...trace, spans: trace.spans.map((span) => ({ ...span, tap: 'x'.repeat(70) })) };
    for (const line of timelineLines(long, { width })) expect(line.length, line).toBeLessThanOrEqual(width);
  });

  it('says how much is left out', () => {
    expect(timelineLines({ ...trace, spans: [], left: 3 })).toEqual(['and 3 more calls of taps']);
  });

  it('of a deploy that took no time can be drawn', () => {
    const [line] = timelineLines({
      ...trace,
      milliseconds: 0,
      spans: [{ kind: 'step', step: 'build', start: 0, milliseconds: 0, result: 'failed' }],
    });
    expect(line).toContain('█');
  });
});

it("Chrome's tracing gets each span as a complete event, in microseconds", () => {
  const { traceEvents } = chromeTrace(trace);
  expect(traceEvents.filter(({ ph }) => ph === 'M')).toHaveLength(3);
  expect(traceEvents).toContainEqual({
    name: 'build',
    cat: 'step',
    ph: 'X',
    ts: 0,
    dur: 500_000,
    pid: 1,
    tid: 1,
    args: { step: 'build', result: 'ok' },
  });
  expect(traceEvents.at(-1)).toMatchObject({ name: 'retired mail:tell', ts: 65_000_000, tid: 2 });
});
