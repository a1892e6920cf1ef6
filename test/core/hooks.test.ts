import { describe, expect, it } from 'vitest';
import { parseSiteName } from '../../core/grammar.ts';
import { createHooks, type HookCaller } from '../../core/hooks.ts';
import type { Received, Removed } from '../../core/release.ts';
import type { BuildRequest } from '../../core/roles.ts';

const site = parseSiteName('app');
const source = { kind: 'image' as const, reference: 'x' };
const received: Received = { deploy: 'd', site, reason: 'deploy', actor: 'me', source };
const removed: Removed = { site, actor: 'me', domains: [], volumes: [] };
const request: BuildRequest = { site, deploy: 'd', source, arguments: {}, noCache: false };

function caller(signal = new AbortController().signal) {
  const warnings: string[] = [];
  const value: HookCaller = { signal, output: () => {}, warn: (line) => warnings.push(line) };
  return { value, warnings };
}

describe('a lifecycle hook', () => {
  it('calls its taps one after another, in the order of the plugins', async () => {
    const hooks = createHooks();
    const order: string[] = [];
    for (const name of ['first', 'second']) {
      hooks.forPlugin(name).received.tap('record', async () => {
        await Promise.resolve();
        order.push(name);
      });
    }
    await hooks.announce('received', received, caller().value);
    expect(order).toEqual(['first', 'second']);
  });

  it.each([
    {
      how: 'throws',
      run: () => {
        throw new Error('no');
      },
    },
    { how: 'rejects', run: () => Promise.reject(new Error('no')) },
  ])('that is a gate fails when a tap $how, and names plugin and hook', async ({ run }) => {
    const hooks = createHooks();
    hooks.forPlugin('guard').received.tap('check', run);
    await expect(hooks.announce('received', received, caller().value)).rejects.toMatchObject({
      code: 'E_TAP_FAILED',
      plugin: 'guard',
      hook: 'received',
      message: expect.stringContaining('guard:check'),
    });
  });

  it('that is best effort warns and goes on to the next tap', async () => {
    const hooks = createHooks();
    const told: string[] = [];
    hooks.forPlugin('broken').removed.tap('mail', () => {
      throw new Error('no route');
    });
    hooks.forPlugin('fine').removed.tap('mail', () => void told.push('fine'));
    const { value, warnings } = caller();
    await hooks.announce('removed', removed, value);
    expect(told).toEqual(['fine']);
    expect(warnings).toEqual([expect.stringMatching(/broken:mail on removed.*no route/)]);
  });

  it('gives up a tap that hangs, and aborts its signal', async () => {
    const hooks = createHooks();
    let aborted = false;
    hooks.forPlugin('slow').received.tap(
      'wait',
      (_, { signal }) =>
        new Promise(() =>
          signal.addEventListener('abort', () => {
            aborted = true;
          }),
        ),
      { timeoutSeconds: 0.02 },
    );
    await expect(hooks.announce('received', received, caller().value)).rejects.toMatchObject({
      code: 'E_TIMEOUT',
      plugin: 'slow',
    });
    expect(aborted).toBe(true);
  });

  it('ends with an interruption when the caller aborts', async () => {
    const hooks = createHooks();
    const stop = new AbortController();
    hooks.forPlugin('slow').received.tap('wait', () => new Promise(() => stop.abort()));
    await expect(hooks.announce('received', received, caller(stop.signal).value)).rejects.toMatchObject({
      code: 'E_ABORTED',
    });
  });

  it('shows a fact that cannot be changed', async () => {
    const hooks = createHooks();
    hooks.forPlugin('rude').removed.tap('write', (fact) => {
      (fact.volumes as string[]).push('x');
    });
    const { value, warnings } = caller();
    const fact = { ...removed };
    await hooks.announce('removed', fact, value);
    expect(fact.volumes).toEqual([]);
    expect(warnings).toHaveLength(1);
  });

  it('takes no tap after the engine was made', () => {
    const hooks = createHooks();
    hooks.seal();
    expect(() => hooks.forPlugin('late').received.tap('x', () => {})).toThrow(
      expect.objectContaining({ code: 'E_TAP_LATE' }),
    );
  });
});

describe('a modifier', () => {
  it('passes the value from tap to tap; undefined leaves it', async () => {
    const hooks = createHooks();
    hooks.forPlugin('a').modifyBuild.tap('cache', (build) => ({ ...build, noCache: true }));
    hooks.forPlugin('b').modifyBuild.tap('look', () => undefined);
    hooks
      .forPlugin('c')
      .modifyBuild.tap('argument', (build) => ({ ...build, arguments: { V: String(build.noCache) } }));
    expect(await hooks.modify('modifyBuild', request, caller().value)).toMatchObject({
      noCache: true,
      arguments: { V: 'true' },
    });
  });

  it.each([
    { what: 'null', result: null },
    { what: 'a string', result: 'x' },
    { what: 'half a value', result: { site } },
  ])('that gives back $what is refused by name', async ({ result }) => {
    const hooks = createHooks();
    hooks.forPlugin('odd').modifyBuild.tap('x', () => result as unknown as BuildRequest);
    await expect(hooks.modify('modifyBuild', request, caller().value)).rejects.toMatchObject({
      code: 'E_MODIFIER_RESULT',
      plugin: 'odd',
      hook: 'modifyBuild',
      site: 'app',
      message: expect.stringContaining('odd:x on modifyBuild'),
    });
  });
});
