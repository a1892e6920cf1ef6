/** What is on record of the time that deploys took. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keptDeploys } from '../../core/deploys.ts';
import { parseSiteName } from '../../core/grammar.ts';
import { keys } from '../../core/keys.ts';
import { systemClock } from '../../core/open.ts';
import { definePlugin } from '../../core/plugin.ts';
import { withUsual } from '../../core/trace.ts';
import type { TracedTap, TraceSpan } from '../../core/trace-notes.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');

/** A clock that a tap can move on. */
let ahead = 0;
const clock = { ...systemClock, now: () => Date.now() + ahead };
let slow = 0;
let fails = false;
const mail = definePlugin({
  name: 'mail',
  setup({ hooks }) {
    hooks.modifyBuild.tap('cache', () => undefined);
    hooks.started.tap('ask', () => {
      if (fails) throw new Error(`${'no, '.repeat(30)}by ${secret}`);
    });
    hooks.settled.tap('tell', () => {
      ahead += slow;
    });
    hooks.retired.tap('late', () => {});
  },
});

let world: TestEngine;
beforeEach(() => {
  ahead = 0;
  slow = 0;
  fails = false;
  world = testEngine({ more: [mail], clock });
});
afterEach(() => world.dispose());

const deploy = (content: string) => world.engine.deploy([push(app, { content })], world.operation());
const lastDeploy = async () => (await world.engine.deploys(app)).at(-1)?.deploy ?? '';
const lastTrace = async () => world.engine.trace(await lastDeploy());
const tapsOf = (spans: readonly TraceSpan[], plugin = 'mail') =>
  spans.flatMap((span) => (span.kind === 'tap' && span.plugin === plugin ? [span] : []));

/** So long that the cut of a problem falls into it. */
const secret = `hunter2${'x'.repeat(90)}`;

describe('the trace of a deploy', () => {
  it('has every step and every tap with its time and its result', async () => {
    slow = 40_000;
    await deploy('1');
    const trace = await lastTrace();
    expect(trace).toMatchObject({
      site: app,
      deploy: await lastDeploy(),
      began: expect.stringMatching(/Z$/),
    });
    expect(trace.milliseconds).toBeGreaterThanOrEqual(40_000);
    const steps = trace.spans.flatMap((span) => (span.kind === 'step' ? [span.step] : []));
    expect(steps).toEqual(['receive', 'build', 'start', 'register', 'prepare', 'apply']);
    expect(tapsOf(trace.spans)).toMatchObject([
      { tap: 'cache', hook: 'modifyBuild', step: 'build', result: 'ok', calls: 1 },
      { tap: 'ask', hook: 'started', step: 'start', result: 'ok' },
      { tap: 'tell', hook: 'settled', result: 'ok' },
    ]);
    expect(tapsOf(trace.spans).at(-1)?.milliseconds).toBeGreaterThanOrEqual(40_000);
  });

  it('that failed says at which tap, without a secret', async () => {
    await world.engine.setSettings(app, { WORD: secret } as never, { secrets: ['WORD'] });
    fails = true;
    await expect(deploy('1')).rejects.toThrow();
    const { spans } = await lastTrace();
    expect(spans).toContainEqual(expect.objectContaining({ kind: 'step', step: 'start', result: 'failed' }));
    const [, asked] = tapsOf(spans);
    expect(asked).toMatchObject({
      tap: 'ask',
      result: 'failed',
      problem: expect.stringContaining('[hidden]'),
    });
    expect(JSON.stringify(spans)).not.toContain('hunter2');
  });

  it('has what came after it: the end of the old instances', async () => {
    await deploy('1');
    await deploy('2');
    const before = await lastTrace();
    ahead += 500_000;
    await world.engine.finishRetiring([app], world.operation());
    const { spans, milliseconds } = await lastTrace();
    expect(tapsOf(spans)).toHaveLength(tapsOf(before.spans).length + 1);
    expect(tapsOf(spans).at(-1)).toMatchObject({ hook: 'retired', tap: 'late', result: 'ok' });
    expect(spans.at(-1)?.start).toBeGreaterThan(500_000);
    expect(milliseconds).toBe(before.milliseconds);
  });

  it('of each of the last deploys is kept, and goes with its site', async () => {
    for (let count = 0; count < keptDeploys + 2; count++) await deploy('1');
    const kept = () =>
      Object.keys(world.roles.store.dump()).filter((key) => key.startsWith(keys.traces(app)));
    expect(kept()).toHaveLength(keptDeploys);
    expect(kept().at(-1)).toBe(keys.trace(app, await lastDeploy()));
    await world.engine.remove(app, { volumes: false }, world.operation());
    expect(kept()).toEqual([]);
  });

  it('that cannot be kept is a warning, and the deploy stands', async () => {
    world.roles.store.faults.on('list', async (prefix: unknown) => {
      if (prefix === keys.traces(app)) throw new Error('full');
    });
    await deploy('1');
    expect(world.told).toContainEqual(expect.stringMatching(/warn: its trace could not be kept: .*full/));
    await expect(lastTrace()).rejects.toMatchObject({ code: 'E_TRACE_NONE' });
    await expect(world.engine.trace('x')).rejects.toMatchObject({ code: 'E_DEPLOY_UNKNOWN' });
  });

  it('warns of a tap that takes far longer than it used to', async () => {
    for (const content of ['1', '2', '3']) await deploy(content);
    expect(world.told.filter((line) => line.includes('warn'))).toEqual([]);
    slow = 900_000;
    await deploy('4');
    expect(world.told).toContainEqual(
      expect.stringMatching(/^app warn: mail:tell on settled took 90\d{4} ms; usually it takes \d+ ms$/),
    );
    expect(tapsOf((await lastTrace()).spans).at(-1)).toMatchObject({
      tap: 'tell',
      usual: expect.any(Number),
    });
  });
});

describe('what a tap usually takes', () => {
  const tap: TracedTap = {
    kind: 'tap',
    hook: 'routed',
    plugin: 'mail',
    tap: 'tell',
    start: 0,
    milliseconds: 10,
    calls: 1,
    slowest: 10,
    result: 'ok',
  };
  const took = (...all: number[]) => all.map((slowest) => ({ spans: [{ ...tap, slowest }] }));
  const usualOf = (slowest: number, earlier: { spans: TraceSpan[] }[], more: Partial<TracedTap> = {}) =>
    (withUsual([{ ...tap, slowest, ...more }], earlier)[0] as TracedTap).usual;

  it.each([
    { case: 'five times as long and half a second more', now: 610, earlier: took(100, 110, 120), usual: 110 },
    { case: 'not five times as long', now: 5400, earlier: took(1100, 1100, 1100), usual: undefined },
    { case: 'less than half a second more', now: 450, earlier: took(2, 2, 2), usual: undefined },
    { case: 'too few deploys before', now: 9000, earlier: took(2, 2), usual: undefined },
    { case: 'one slow deploy among others', now: 900, earlier: took(10, 10, 9000, 10), usual: 10 },
    { case: 'as slow as half of them', now: 900, earlier: took(10, 900, 900, 900), usual: undefined },
  ])('$case', ({ now: taken, earlier, usual }) => {
    expect(usualOf(taken, earlier)).toBe(usual);
  });

  it('is asked of the same tap alone, where it was well', () => {
    const earlier = took(10, 10, 10);
    expect(usualOf(900, earlier, { hook: 'settled' })).toBeUndefined();
    expect(usualOf(900, earlier, { plugin: 'other' })).toBeUndefined();
    expect(usualOf(900, earlier, { step: 'apply' })).toBeUndefined();
    expect(usualOf(900, earlier, { result: 'timeout' })).toBeUndefined();
    const failed = earlier.map(({ spans }) => ({
      spans: spans.map((one) => ({ ...one, result: 'failed' as const })),
    }));
    expect(usualOf(900, failed)).toBeUndefined();
  });
});
