/** Whatever a tap does, on whatever hook: it is reported by its plugin and hook, and the deploy ends as that hook says. */
import { afterEach, describe, expect, it } from 'vitest';
import { isOctohostError } from '../../core/errors.ts';
import { parseSiteName } from '../../core/grammar.ts';
import { type LifecycleName, lifecycle, type ModifierName, modifiers } from '../../core/hooks.ts';
import type { Plugin } from '../../core/plugin.ts';
import { takeStrayOutput } from '../../core/stray-output.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';
import { memoryPublisher } from '../testing/memory-publisher.ts';

type HookName = LifecycleName | ModifierName;
type Tap = (value: unknown) => unknown;

const app = parseSiteName('app');
const hooksOf = (gate: boolean): HookName[] =>
  ([...Object.entries(lifecycle), ...Object.entries(modifiers)] as [HookName, { gate: boolean }][])
    .filter(([, facts]) => facts.gate === gate)
    .map(([name]) => name);

const faults: { does: string; tap: Tap; code: string }[] = [
  {
    does: 'throws',
    tap: () => {
      throw new Error('no route');
    },
    code: 'E_TAP_FAILED',
  },
  { does: 'rejects', tap: () => Promise.reject(new Error('no route')), code: 'E_TAP_FAILED' },
  { does: 'throws what is no error', tap: () => Promise.reject('no route'), code: 'E_TAP_FAILED' },
  { does: 'hangs', tap: () => new Promise(() => {}), code: 'E_TIMEOUT' },
  {
    does: 'changes what it is given',
    tap: (value) => {
      (value as { site: string }).site = 'other';
    },
    code: 'E_TAP_FAILED',
  },
];

let world: TestEngine;
afterEach(() => world.dispose());

/** A site that runs, on an engine where the tap of a plugin takes part from now on. */
async function running(hook: HookName, run: Tap): Promise<TestEngine> {
  let armed = false;
  const bad: Plugin = {
    name: 'bad',
    setup: ({ hooks }) =>
      hooks[hook].tap('act', (value: unknown) => (armed ? run(value) : undefined) as never, {
        timeoutSeconds: 0.2,
      }),
  };
  world = testEngine({ publisher: memoryPublisher(), more: [bad] });
  await world.engine.deploy([push(app)], world.operation());
  armed = true;
  world.recorder.clear();
  world.told.length = 0;
  return world;
}

/** Whatever calls the hook. */
async function act(hook: HookName): Promise<unknown> {
  if (hook === 'removed') return world.engine.remove(app, { volumes: true }, world.operation());
  const dockerfile = hook === 'failed' ? 'FROM scratch\nRUN exit 1\n' : 'FROM scratch\nEXPOSE 8080\n# 2\n';
  await world.engine.deploy([push(app, { Dockerfile: dockerfile })], world.operation());
  return world.engine.finishRetiring([app], world.operation());
}

const body = async () => (await world.roles.router.request('app.example.com')).body;

describe.each(hooksOf(true))('on the gate %s', (hook) => {
  it.each(faults)('a tap that $does fails the deploy, and what served serves', async ({ tap, code }) => {
    await running(hook, tap);
    await expect(act(hook)).rejects.toMatchObject({ code, plugin: 'bad', hook, site: 'app' });
    expect(await body()).toBe('app release 1\n');
    expect(world.recorder.lifecycle().slice(-2)).toEqual(['failed', 'settled']);
    expect(world.recorder.payloads('failed')[0].error).toMatchObject({ code, plugin: 'bad', hook });
    expect(world.recorder.payloads('settled')[0]).toMatchObject({ outcome: 'failed' });
  });
});

describe.each(hooksOf(false))('on %s, which tells what has happened', (hook) => {
  it.each(faults)('a tap that $does is a warning, and all goes on', async ({ tap }) => {
    await running(hook, tap);
    const outcome = await act(hook).then(
      () => 'well',
      (error: unknown) => (isOctohostError(error) ? error.code : error),
    );
    // What failed first is what is said.
    expect(outcome).toBe(hook === 'failed' ? 'E_MEMORY_BUILD' : 'well');
    expect(world.told).toContainEqual(
      expect.stringMatching(new RegExp(`^app warn: .*bad:act on ${hook}\\b`)),
    );
    const told = world.recorder.lifecycle();
    if (hook === 'removed') expect(told).toContain('removed');
    else expect(told).toContain('settled');
    if (hook !== 'removed')
      expect(await body()).toBe(hook === 'failed' ? 'app release 1\n' : 'app release 2\n');
  });
});

describe.each([...hooksOf(true), ...hooksOf(false)])('on %s', (hook) => {
  it('what a tap writes to stdout is its output, with one warning, and nothing fails of it', async () => {
    const missed: string[] = [];
    const write = (text: string) => {
      if (!takeStrayOutput(text)) missed.push(text);
    };
    await running(hook, async () => {
      write('one\ntwo\n');
      await new Promise(setImmediate);
      write('three');
    });
    await act(hook).catch((error: unknown) => expect(error).toMatchObject({ code: 'E_MEMORY_BUILD' }));
    expect(missed).toEqual([]);
    const ours = world.told.filter((line) => /says: (one|two|three)$|writes to stdout/.test(line));
    expect(ours.slice(0, 4)).toEqual([
      expect.stringMatching(new RegExp(`^app warn: bad:act on ${hook} writes to stdout`)),
      'app says: one',
      'app says: two',
      'app says: three',
    ]);
  });
});

it('an interruption ends a tap that hangs; what failed is told all the same', async () => {
  const stop = new AbortController();
  await running('started', () => new Promise(() => stop.abort()));
  const deploy = world.engine.deploy(
    [push(app, { 'index.html': 'changed' })],
    world.operation({ signal: stop.signal }),
  );
  await expect(deploy).rejects.toMatchObject({ code: 'E_ABORTED', plugin: 'bad', hook: 'started' });
  expect(world.recorder.lifecycle().slice(-2)).toEqual(['failed', 'settled']);
  expect(await body()).toBe('app release 1\n');
});

it('what has gone out of its tap, or never was in one, is of nobody', async () => {
  const late = Promise.withResolvers<boolean>();
  await running('routed', () => void setImmediate(() => late.resolve(takeStrayOutput('late'))));
  await act('routed');
  expect(await late.promise).toBe(false);
  expect(takeStrayOutput('outside')).toBe(false);
});
