/** How instances end, come back, and are stopped. */
import { expect } from 'vitest';
import { eventually, stepContext } from './fixture.ts';
import { answerOf, benchCheck, ended, freeBinding, type RuntimeFixture, takePort } from './runtime-bench.ts';
import type { Check } from './suite.ts';

const never = new AbortController().signal;

export const endings: readonly Check<RuntimeFixture>[] = [
  ...[
    { what: 'well', code: 0 },
    { what: 'badly', code: 3 },
  ].map(({ what, code }) =>
    benchCheck(
      `keeps an instance that ended ${what}, with its exit code, and does not start it again`,
      async ({ fixture: { runtime }, start }) => {
        const instance = await start('ends', { spec: { environment: { EXIT_CODE: String(code) } } });
        const state = await ended(runtime, instance);
        expect(state).toMatchObject({ running: false, exitCode: code, restarts: 0 });
        expect(await runtime.list(instance.site)).toEqual([instance]);
        expect(await runtime.inspect(instance)).toEqual(state);
      },
    ),
  ),

  benchCheck(
    'leaves a crashed instance down until it is kept',
    async ({ fixture: { runtime, crash }, start }) => {
      const instance = await start('lingers');
      await crash(instance);
      const state = await ended(runtime, instance);
      expect(state.exitCode).not.toBe(0);
      expect(state.restarts).toBe(0);
    },
  ),

  benchCheck(
    'brings a kept instance back after a crash: another process at the same port',
    async ({ fixture: { runtime, crash }, start }) => {
      const binding = await freeBinding();
      const instance = await start('serves', {
        bindings: [binding],
        spec: { environment: { GREETING: 'back' } },
      });
      await answerOf(binding);
      await runtime.keep(instance);
      await runtime.keep(instance);
      const before = await runtime.inspect(instance);
      await crash(instance);
      const after = await eventually('the restart', async () => {
        const state = await runtime.inspect(instance);
        return state?.running && state.startedAt !== before?.startedAt ? state : undefined;
      });
      expect(after.restarts).toBeGreaterThan(before?.restarts ?? Number.POSITIVE_INFINITY);
      expect(await answerOf(binding)).toBe('back');
      expect(await runtime.list(instance.site)).toEqual([instance]);
    },
  ),

  benchCheck('has undefined for an instance that is gone', async ({ fixture: { runtime }, start }) => {
    const instance = await start('lingers');
    await runtime.stop(instance, { graceSeconds: 0 });
    expect(await runtime.inspect(instance)).toBeUndefined();
  }),
];

export const names: readonly Check<RuntimeFixture>[] = [
  benchCheck(
    'gives an instance another name, and back the one it was started with',
    async ({ fixture: { runtime }, start }) => {
      const instance = await start('lingers');
      const { site } = instance;
      await runtime.rename(instance, site);
      await runtime.rename(instance, site);
      expect(await runtime.list(site)).toEqual([{ ...instance, name: site }]);
      expect(await runtime.inspect(instance)).toMatchObject({ running: true, restarts: 0 });
      await runtime.rename(instance, undefined);
      expect(await runtime.list(site)).toEqual([instance]);
    },
  ),

  benchCheck(
    'throws E_NAME_TAKEN for the name of another instance',
    async ({ fixture: { runtime }, start, request }) => {
      const holder = await start('lingers');
      await runtime.rename(holder, holder.site);
      const other = await runtime.start(request('lingers', { spec: { site: holder.site } }), stepContext());
      await expect(runtime.rename(other, holder.site)).rejects.toMatchObject({ code: 'E_NAME_TAKEN' });
      await runtime.stop(holder, { graceSeconds: 0 });
      await runtime.rename(other, other.site);
      expect(await runtime.list(holder.site)).toEqual([{ ...other, name: other.site }]);
    },
  ),
];

export const stops: readonly Check<RuntimeFixture>[] = [
  benchCheck(
    'removes an instance, lets go of its port, and takes an absent one as stopped',
    async ({ fixture: { runtime }, start }) => {
      const binding = await freeBinding();
      const instance = await start('serves', { bindings: [binding] });
      const beside = await start('serves', { spec: { site: instance.site } });
      await runtime.keep(instance);
      await runtime.stop(instance, { graceSeconds: 1 });
      expect(await runtime.list(instance.site)).toEqual([beside]);
      await (await takePort(binding.hostPort)).free();
      await expect(runtime.stop(instance, { graceSeconds: 1 })).resolves.toBeUndefined();
    },
  ),

  benchCheck('removes an instance that has ended by itself', async ({ fixture: { runtime }, start }) => {
    const instance = await start('ends', { spec: { environment: { EXIT_CODE: '0' } } });
    await ended(runtime, instance);
    await runtime.stop(instance, { graceSeconds: 1 });
    expect(await runtime.list(instance.site)).toEqual([]);
  }),

  benchCheck(
    'asks the instance to end and gives it the time to, within the grace period',
    async ({ fixture: { runtime }, start }) => {
      const instance = await start('lingers');
      const lines: string[] = [];
      const following = (async () => {
        const { signal } = new AbortController();
        for await (const { text: line } of runtime.logs(instance, { follow: true }, signal)) lines.push(line);
      })();
      await eventually('its first line', async () => lines.includes('ready'));
      const began = Date.now();
      await runtime.stop(instance, { graceSeconds: 30 });
      // It did not wait for the whole period either.
      expect(Date.now() - began).toBeLessThan(20_000);
      await following;
      expect(lines).toEqual(['ready', 'ending', 'ended']);
    },
  ),
];

export const commands: readonly Check<RuntimeFixture>[] = [
  benchCheck(
    'runs a command in an instance, with its environment, and tells its exit code and output',
    async ({ fixture: { runtime }, start }) => {
      const instance = await start('lingers', { spec: { environment: { GREETING: 'two  words $HOME' } } });
      const script = 'echo "$GREETING"; echo warned >&2; exit 3';
      const { exitCode, lines } = await runtime.exec(instance, ['sh', '-c', script], never);
      expect(exitCode).toBe(3);
      expect(lines.toSorted()).toEqual(['two  words $HOME', 'warned']);
      expect(await runtime.inspect(instance)).toMatchObject({ running: true, restarts: 0 });
    },
  ),

  benchCheck('keeps the last lines of a command that says much', async ({ fixture: { runtime }, start }) => {
    const instance = await start('lingers');
    const { exitCode, lines } = await runtime.exec(instance, ['sh', '-c', 'seq 1 100'], never);
    expect([exitCode, lines.at(-1)]).toEqual([0, '100']);
    expect(lines.length).toBeLessThan(100);
  }),

  benchCheck(
    'rejects a command once the signal has aborted, or for an instance that is gone',
    async ({ fixture: { runtime }, start }) => {
      const instance = await start('lingers');
      await expect(runtime.exec(instance, ['true'], AbortSignal.abort())).rejects.toThrow();
      await runtime.stop(instance, { graceSeconds: 0 });
      await expect(runtime.exec(instance, ['true'], never)).rejects.toThrow();
    },
  ),
];
