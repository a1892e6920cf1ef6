/** How instances end, come back, and are stopped. */
import { expect, it } from 'vitest';
import { eventually, stepContext } from './fixture.ts';
import { answerOf, type Bench, ended, freeBinding, takePort } from './runtime-bench.ts';

export function endings({ fixture, start }: Bench): void {
  it.each([
    { what: 'well', code: 0 },
    { what: 'badly', code: 3 },
  ])(
    'keeps an instance that ended $what, with its exit code, and does not start it again',
    async ({ code }) => {
      const { runtime } = fixture();
      const instance = await start('ends', { spec: { environment: { EXIT_CODE: String(code) } } });
      const state = await ended(runtime, instance);
      expect(state).toMatchObject({ running: false, exitCode: code, restarts: 0 });
      expect(await runtime.list(instance.site)).toEqual([instance]);
      expect(await runtime.inspect(instance)).toEqual(state);
    },
  );

  it('leaves a crashed instance down until it is kept', async () => {
    const { runtime, crash } = fixture();
    const instance = await start('lingers');
    await crash(instance);
    const state = await ended(runtime, instance);
    expect(state.exitCode).not.toBe(0);
    expect(state.restarts).toBe(0);
  });

  it('brings a kept instance back after a crash: another process at the same port', async () => {
    const { runtime, crash } = fixture();
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
  });

  it('has undefined for an instance that is gone', async () => {
    const { runtime } = fixture();
    const instance = await start('lingers');
    await runtime.stop(instance, { graceSeconds: 0 });
    expect(await runtime.inspect(instance)).toBeUndefined();
  });
}

export function names({ fixture, start, request }: Bench): void {
  it('gives an instance another name, and back the one it was started with', async () => {
    const { runtime } = fixture();
    const instance = await start('lingers');
    const { site } = instance;
    await runtime.rename(instance, site);
    await runtime.rename(instance, site);
    expect(await runtime.list(site)).toEqual([{ ...instance, name: site }]);
    expect(await runtime.inspect(instance)).toMatchObject({ running: true, restarts: 0 });
    await runtime.rename(instance, undefined);
    expect(await runtime.list(site)).toEqual([instance]);
  });

  it('throws E_NAME_TAKEN for the name of another instance', async () => {
    const { runtime } = fixture();
    const holder = await start('lingers');
    await runtime.rename(holder, holder.site);
    const other = await runtime.start(request('lingers', { spec: { site: holder.site } }), stepContext());
    await expect(runtime.rename(other, holder.site)).rejects.toMatchObject({ code: 'E_NAME_TAKEN' });
    await runtime.stop(holder, { graceSeconds: 0 });
    await runtime.rename(other, other.site);
    expect(await runtime.list(holder.site)).toEqual([{ ...other, name: other.site }]);
  });
}

export function stops({ fixture, start }: Bench): void {
  it('removes an instance, lets go of its port, and takes an absent one as stopped', async () => {
    const { runtime } = fixture();
    const binding = await freeBinding();
    const instance = await start('serves', { bindings: [binding] });
    const beside = await start('serves', { spec: { site: instance.site } });
    await runtime.keep(instance);
    await runtime.stop(instance, { graceSeconds: 1 });
    expect(await runtime.list(instance.site)).toEqual([beside]);
    await (await takePort(binding.hostPort)).free();
    await expect(runtime.stop(instance, { graceSeconds: 1 })).resolves.toBeUndefined();
  });

  it('removes an instance that has ended by itself', async () => {
    const { runtime } = fixture();
    const instance = await start('ends', { spec: { environment: { EXIT_CODE: '0' } } });
    await ended(runtime, instance);
    await runtime.stop(instance, { graceSeconds: 1 });
    expect(await runtime.list(instance.site)).toEqual([]);
  });

  it('asks the instance to end and gives it the time to, within the grace period', async () => {
    const { runtime } = fixture();
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
  });
}

export function commands({ fixture, start }: Bench): void {
  const never = new AbortController().signal;

  it('runs a command in an instance, with its environment, and tells its exit code and output', async () => {
    const { runtime } = fixture();
    const instance = await start('lingers', { spec: { environment: { GREETING: 'two  words $HOME' } } });
    const script = 'echo "$GREETING"; echo warned >&2; exit 3';
    const { exitCode, lines } = await runtime.exec(instance, ['sh', '-c', script], never);
    expect(exitCode).toBe(3);
    expect(lines.toSorted()).toEqual(['two  words $HOME', 'warned']);
    expect(await runtime.inspect(instance)).toMatchObject({ running: true, restarts: 0 });
  });

  it('keeps the last lines of a command that says much', async () => {
    const { runtime } = fixture();
    const instance = await start('lingers');
    const { exitCode, lines } = await runtime.exec(instance, ['sh', '-c', 'seq 1 100'], never);
    expect([exitCode, lines.at(-1)]).toEqual([0, '100']);
    expect(lines.length).toBeLessThan(100);
  });

  it('rejects a command once the signal has aborted, or for an instance that is gone', async () => {
    const { runtime } = fixture();
    const instance = await start('lingers');
    await expect(runtime.exec(instance, ['true'], AbortSignal.abort())).rejects.toThrow();
    await runtime.stop(instance, { graceSeconds: 0 });
    await expect(runtime.exec(instance, ['true'], never)).rejects.toThrow();
  });
}
