/** What the agent decides, without a world around it. */
import { describe, expect, it } from 'vitest';
import {
  afterAnswer,
  askAgainAfter,
  failed,
  intervalMs,
  neverAsked,
  thresholdsOf,
} from '../../../core/agent/asked.ts';
import { pauseAfter } from '../../../core/agent/backoff.ts';
import { changesBetween, leftOut, type Sight } from '../../../core/agent/health.ts';
import { hear } from '../../../core/agent/hear.ts';
import { Journal, keptEvents } from '../../../core/agent/journal.ts';
import { Notes } from '../../../core/agent/noted.ts';
import { type Picture, symptomsOf } from '../../../core/agent/symptoms.ts';
import { hasJumped } from '../../../core/agent/watchdog.ts';
import { parseSiteName } from '../../../core/grammar.ts';
import { servicesOf } from '../../../core/instances.ts';
import { systemClock } from '../../../core/open.ts';
import { createRedactor } from '../../../core/redaction.ts';
import type { Instance, InstanceService } from '../../../core/release.ts';
import type { CatalogEntry, InstanceState } from '../../../core/roles.ts';
import type { World } from '../../../core/world.ts';
import { makeRelease } from '../../contracts/fixture.ts';

const site = parseSiteName('app');
const signal = new AbortController().signal;
const state = (more: Partial<InstanceState> = {}): InstanceState => ({
  running: true,
  startedAt: '2026-11-25T12:00:00Z',
  restarts: 0,
  kept: true,
  ...more,
});
const ended = state({ running: false, exitCode: 1 });
const spec = 'a'.repeat(32);
const instance = (index: number): Instance => ({
  id: `id-${index}`,
  name: `app-${index}`,
  site,
  release: 1,
  deploy: `d${index}`,
  spec,
  bindings: [{ port: 80, protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 20_000 + index }],
});
const image = { id: 'i', tag: 't', ports: [{ port: 80, protocol: 'tcp' as const }], volumes: [] };
const release = makeRelease(site, image, {
  spec,
  count: 2,
  run: { ports: image.ports, httpPort: 80, volumes: [], generation: 0 },
});
const entryOf = (of: Instance): CatalogEntry => ({
  ...(servicesOf(release, [of])[0] as InstanceService),
  health: 'unknown',
});

describe('answers to a check', () => {
  const bad = { found: 'critical', because: 'answered 500' };
  const good = { found: 'passing', because: 'answered 200' };
  const usual = thresholdsOf(undefined);

  it('make a service critical at the second bad one in a row, and good again at the first good one', () => {
    const once = afterAnswer(neverAsked, bad, usual);
    expect(once.critical).toBe(false);
    expect(afterAnswer(afterAnswer(once, good, usual), bad, usual).critical).toBe(false);
    const twice = afterAnswer(once, bad, usual);
    expect(twice).toMatchObject({ critical: true, because: 'answered 500' });
    expect(afterAnswer(twice, bad, usual).critical).toBe(true);
    expect(afterAnswer(twice, good, usual).critical).toBe(false);
  });

  it.each([
    { failures: 1, successes: 1, answers: 'b', critical: true },
    { failures: 3, successes: 1, answers: 'bb', critical: false },
    { failures: 3, successes: 1, answers: 'bbgbb', critical: false },
    { failures: 3, successes: 1, answers: 'bbb', critical: true },
    { failures: 1, successes: 2, answers: 'bg', critical: true },
    { failures: 1, successes: 2, answers: 'bgbg', critical: true },
    { failures: 1, successes: 2, answers: 'bgg', critical: false },
  ])('$answers with $failures and $successes in a row', ({ answers, critical, ...thresholds }) => {
    const asked = Array.from(answers).reduce(
      (before, answer) => afterAnswer(before, answer === 'g' ? good : bad, thresholds),
      neverAsked,
    );
    expect(asked.critical).toBe(critical);
  });

  it('are as many as the release says', () => {
    const service = { tags: ['http'], check: { interval: '15s', failures: 5, successes: 3 } };
    expect(thresholdsOf({ ...release, service })).toEqual({ failures: 5, successes: 3 });
  });

  it('are asked for at the interval while all is well, and soon while it is not', () => {
    expect(askAgainAfter(neverAsked, '15s')).toBe(15_000);
    expect(askAgainAfter(afterAnswer(neverAsked, bad, usual), '15s')).toBeLessThan(1_000);
    expect(askAgainAfter(failed('it ended'), '1h')).toBeLessThan(1_000);
  });

  it.each([
    ['15s', 15_000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['often', 15_000],
    ['0s', 15_000],
  ])('every %s are %i ms', (text, milliseconds) => {
    expect(intervalMs(text)).toBe(milliseconds);
  });
});

describe('a service is kept out', () => {
  const judged = (sight: Sight, more: { was?: boolean; critical?: boolean; own?: string } = {}) =>
    leftOut({
      catalog: [entryOf(instance(1))],
      sightOf: () => sight,
      address: more.own ?? '127.0.0.1',
      askedOf: () => (more.critical ? failed('answered 500') : neverAsked),
      out: new Set(more.was ? [entryOf(instance(1)).id] : []),
    }).map(({ why }) => why);
  const health = (status: 'starting' | 'healthy' | 'unhealthy') => state({ health: { status, lines: [] } });

  it.each<{ what: string; why: string[] }>([
    { what: 'is gone', why: judged('gone') },
    { what: 'has ended', why: judged(ended) },
    { what: 'is about to be started again', why: judged({ ...ended, returning: true }) },
    { what: 'is paused', why: judged(state({ paused: true })) },
    { what: 'says unhealthy', why: judged(health('unhealthy')) },
    { what: 'was out and says starting', why: judged(health('starting'), { was: true }) },
    { what: 'fails its check', why: judged(state(), { critical: true }) },
  ])('where it $what', ({ why }) => {
    expect(why).toHaveLength(1);
  });

  it.each<{ what: string; why: string[] }>([
    { what: 'runs', why: judged(state()) },
    { what: 'cannot be looked at', why: judged(undefined) },
    { what: 'is healthy', why: judged(health('healthy')) },
    { what: 'starts for the first time', why: judged(health('starting')) },
    { what: 'is gone from here and at another address', why: judged('gone', { own: '10.0.0.1' }) },
  ])('not where it $what', ({ why }) => {
    expect(why).toEqual([]);
  });

  it('and what changes is said once', () => {
    const one = { service: 's1', site, why: 'it is paused' };
    expect(changesBetween([], [one])).toEqual([{ site, what: 's1 is kept out of the routes: it is paused' }]);
    expect(changesBetween([one], [one])).toEqual([]);
    expect(changesBetween([one], [])).toEqual([{ site, what: 's1 is no longer kept out of the routes' }]);
  });
});

describe('a site', () => {
  const picture = (sights: readonly Sight[], more: Partial<Picture> = {}): string[] => {
    const instances = sights.map((_, index) => instance(index));
    return symptomsOf({
      pointer: { site, release: 1, stopped: false, spec, domains: [] },
      release,
      instances: instances.filter((_, index) => sights[index] !== 'gone'),
      sightOf: (id) => sights[Number(id.slice(3))],
      address: '127.0.0.1',
      retiring: new Set(),
      entries: instances.map(entryOf),
      unpublished: false,
      ...more,
    }).map(({ what }) => what);
  };

  it('that is as it should be has no symptom', () => {
    expect(picture([state(), state()])).toEqual([]);
  });

  it.each<{ what: string; sights: readonly Sight[] }>([
    { what: 'the runtime brings back', sights: [state(), { ...ended, returning: true }] },
    { what: 'cannot be looked at', sights: [state(), undefined] },
    { what: 'is paused', sights: [state(), state({ paused: true })] },
  ])('is well with an instance that $what', ({ sights }) => {
    expect(picture(sights)).toEqual([]);
  });

  it('lacks what has ended for good', () => {
    expect(picture([state(), ended])).toEqual([
      '1 of 2 instances do not run',
      '1 instances are left over: app-1',
    ]);
    expect(picture([state(), 'gone'])).toEqual([
      '1 of 2 instances do not run',
      '1 services have nobody behind them: app-127.0.0.1-20001',
    ]);
    // Of another host nobody here can tell.
    const elsewhere = { ...entryOf(instance(7)), address: '10.0.0.7' };
    const entries = [...[0, 1].map((index) => entryOf(instance(index))), elsewhere];
    expect(picture([state(), state()], { entries })).toEqual([]);
  });

  it('has instances too many, unless they are to end already', () => {
    const three = [state(), state(), state()];
    expect(picture(three)).toEqual(['1 instances are left over: app-2']);
    expect(picture(three, { retiring: new Set(['id-2']) })).toEqual([]);
  });

  it('that is stopped wants nothing', () => {
    const pointer = { site, release: 1, stopped: true, spec, domains: [] };
    expect(picture([state()], { pointer })).toEqual(['1 instances are left over: app-0']);
    expect(picture([], { pointer, entries: [] })).toEqual([]);
  });

  it('has to be in the catalog, and published', () => {
    expect(picture([state(), state()], { entries: [] })).toEqual([
      '2 services are missing in the catalog: app-127.0.0.1-20000, app-127.0.0.1-20001',
    ]);
    expect(picture([state(), state()], { unpublished: true })).toEqual(['its image is not published']);
  });
});

it('pauses grow, and stay bearable', () => {
  expect([1, 2, 3, 4].map((tries) => pauseAfter(tries, 'mend'))).toEqual([1_000, 2_000, 4_000, 8_000]);
  expect(pauseAfter(1_000, 'mend')).toBe(300_000);
  expect(pauseAfter(1_000, 'look')).toBe(15_000);
  expect(pauseAfter(1_000, 'hear')).toBe(2_000);
});

it('a jump of the clock is told from a busy host', () => {
  expect(hasJumped(100, 0, 4_000)).toBe(false);
  expect(hasJumped(100, 0, 60_000)).toBe(true);
  expect(hasJumped(100, 60_000, 0)).toBe(true);
});

function worldThatHides(...secrets: readonly string[]): World {
  const redactor = createRedactor();
  for (const secret of secrets) redactor.hide(secret);
  return { clock: systemClock, state: { secrets: { redactor } } } as unknown as World;
}

describe('what is heard', () => {
  it('is gathered into one look, however much it is', async () => {
    const notes = new Notes();
    for (let one = 0; one < 10_000; one++) notes.note(`id-${one % 50}`);
    const noted = await notes.next(systemClock, signal);
    expect(noted.all).toBe(false);
    expect(noted.instances.size).toBe(50);
    const late = notes.next(systemClock, AbortSignal.timeout(60));
    await expect(late).rejects.toThrow();
  });

  it('goes on after it broke off, and says so once', async () => {
    const said: string[] = [];
    const heard: number[] = [];
    const over = new AbortController();
    let calls = 0;
    await hear({
      what: 'It',
      async listen() {
        calls++;
        if (calls < 3) throw new Error('away');
        return (async function* () {
          yield 1;
          over.abort();
        })();
      },
      heard: (item) => void heard.push(item),
      again: () => void said.push('again'),
      say: (line) => void said.push(line),
      clock: { ...systemClock, sleep: async () => {} },
      signal: over.signal,
    });
    expect({ calls, heard, said }).toEqual({
      calls: 3,
      heard: [1],
      said: ['It cannot be heard: away', 'again'],
    });
  });

  it('is kept for whoever asks, the last of it alone', () => {
    const told: number[] = [];
    const journal = new Journal(worldThatHides(), [], ({ number }) => void told.push(number));
    for (let one = 0; one < 10_000; one++) journal.note('x'.repeat(10_000), site);
    expect(journal.events).toHaveLength(keptEvents);
    expect(journal.events.at(-1)?.number).toBe(10_000);
    expect(JSON.stringify(journal.events).length).toBeLessThan(200_000);
    expect(told).toHaveLength(10_000);
  });

  it('is told and kept without the secrets that were opened, even where it is cut off', () => {
    const told: string[] = [];
    const journal = new Journal(worldThatHides('hunter2-hunter2'), [], ({ what }) => void told.push(what));
    journal.note('not started: hunter2-hunter2 is wrong');
    journal.note(`${'x'.repeat(490)}hunter2-hunter2`);
    expect(told[0]).toBe('not started: [hidden] is wrong');
    for (const events of [told, journal.events]) expect(JSON.stringify(events)).not.toContain('hunter2');
  });
});
