/** Starting instances, and finding exactly those of this installation. */
import { expect } from 'vitest';
import type { SiteName } from '../../core/index.ts';
import { freshDeploy, freshSite, stepContext } from './fixture.ts';
import { answerOf, benchCheck, freeBinding, type RuntimeFixture, takePort } from './runtime-bench.ts';
import type { Check } from './suite.ts';

export const starts: readonly Check<RuntimeFixture>[] = [
  benchCheck(
    'starts an instance that carries every fact of its request, and lists it so',
    async ({ fixture: { runtime }, request }) => {
      const bindings = [await freeBinding(8080), await freeBinding(9090)];
      const wanted = request('serves', { bindings, release: 42, index: 3 });
      const instance = await runtime.start(wanted, stepContext());
      expect(instance).toEqual({
        id: expect.stringMatching(/./),
        name: expect.stringContaining(wanted.spec.site),
        site: wanted.spec.site,
        release: 42,
        deploy: wanted.deploy,
        spec: wanted.digest,
        bindings,
      });
      expect(instance.name).toContain(wanted.deploy);
      expect(await runtime.list(wanted.spec.site)).toEqual([instance]);
      expect(await runtime.inspect(instance)).toMatchObject({ running: true, restarts: 0 });
    },
  ),

  benchCheck('leads the host port to the port of the container', async ({ start }) => {
    const binding = await freeBinding();
    await start('serves', { bindings: [binding], spec: { environment: { GREETING: 'hello' } } });
    expect(await answerOf(binding)).toBe('hello');
  }),

  benchCheck('hands the environment over byte by byte', async ({ start }) => {
    const binding = await freeBinding();
    const GREETING = `two  spaces, a\nline, $HOME, \${X}, "quotes', \`id\`, \\ and =, ü 👍`;
    await start('serves', { bindings: [binding], spec: { environment: { GREETING, EMPTY: '' } } });
    expect(await answerOf(binding)).toBe(GREETING);
  }),

  benchCheck(
    'runs several instances of one deploy side by side, under names of their own',
    async ({ fixture: { runtime }, start }) => {
      const [site, deploy] = [freshSite(), freshDeploy()];
      const bindings = [await freeBinding(), await freeBinding()];
      const instances = await Promise.all(
        bindings.map((binding, position) =>
          start('serves', {
            deploy,
            index: position + 1,
            bindings: [binding],
            spec: { site, environment: { GREETING: `copy ${position + 1}` } },
          }),
        ),
      );
      expect(new Set(instances.map(({ name }) => name)).size).toBe(2);
      expect(await Promise.all(bindings.map(answerOf))).toEqual(['copy 1', 'copy 2']);
      expect(await runtime.list(site)).toHaveLength(2);
    },
  ),

  benchCheck('runs an instance without ports', async ({ fixture: { runtime }, start }) => {
    const instance = await start('lingers');
    expect(instance.bindings).toEqual([]);
    expect(await runtime.inspect(instance)).toMatchObject({ running: true });
  }),

  benchCheck(
    'tells when a process started, in ISO 8601, the same each time it is asked',
    async ({ fixture: { runtime }, start }) => {
      const instance = await start('lingers');
      const { startedAt } = (await runtime.inspect(instance)) ?? { startedAt: '' };
      expect(startedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/);
      expect(Math.abs(Date.parse(startedAt) - Date.now())).toBeLessThan(60_000);
      expect(await runtime.inspect(instance)).toMatchObject({ startedAt });
    },
  ),
];

export const refusals: readonly Check<RuntimeFixture>[] = [
  benchCheck(
    'throws E_PORT_TAKEN for a host port in use, and leaves neither an instance nor a bound port',
    async ({ fixture: { runtime }, request }) => {
      const other = await takePort();
      const free = await freeBinding(9090);
      try {
        const taken = { ...free, port: 8080, hostPort: other.port };
        const wanted = request('serves', { bindings: [free, taken] });
        await expect(runtime.start(wanted, stepContext())).rejects.toMatchObject({ code: 'E_PORT_TAKEN' });
        expect(await runtime.list(wanted.spec.site)).toEqual([]);
        await (await takePort(free.hostPort)).free();
        // The same request, name and all, goes through with another port.
        const instance = await runtime.start(
          { ...wanted, bindings: [free, await freeBinding()] },
          stepContext(),
        );
        expect(await runtime.list(wanted.spec.site)).toEqual([instance]);
      } finally {
        await other.free();
      }
    },
  ),

  benchCheck(
    'throws E_PORT_TAKEN for the port of another instance, which goes on',
    async ({ fixture: { runtime }, request }) => {
      const binding = await freeBinding();
      const first = request('serves', { bindings: [binding], spec: { environment: { GREETING: 'first' } } });
      await runtime.start(first, stepContext());
      const second = runtime.start(request('serves', { bindings: [binding] }), stepContext());
      await expect(second).rejects.toMatchObject({ code: 'E_PORT_TAKEN' });
      expect(await answerOf(binding)).toBe('first');
    },
  ),

  benchCheck('starts nothing once the signal has aborted', async ({ fixture: { runtime }, request }) => {
    const wanted = request('lingers');
    await expect(runtime.start(wanted, stepContext(AbortSignal.abort()))).rejects.toThrow();
    expect(await runtime.list(wanted.spec.site)).toEqual([]);
  }),
];

export const listings: readonly Check<RuntimeFixture>[] = [
  benchCheck('lists the instances of one site, or of all', async ({ fixture: { runtime }, start }) => {
    const site = freshSite();
    const longer = `${site}-two` as SiteName;
    const instance = await start('lingers', { spec: { site } });
    const other = await start('lingers', { spec: { site: longer } });
    expect(await runtime.list(site)).toEqual([instance]);
    expect(await runtime.list(longer)).toEqual([other]);
    expect(await runtime.list()).toEqual(expect.arrayContaining([instance, other]));
    expect(await runtime.list(freshSite())).toEqual([]);
  }),

  benchCheck(
    'names those that run as inspect does, where it can name all at once',
    async ({ fixture: { runtime, another }, start }) => {
      if (!runtime.runningIds) return;
      const [one, other] = [await start('lingers'), await start('lingers')];
      const running = async () => {
        const ids = (await runtime.runningIds?.()) ?? new Set();
        return [one, other].map(({ id }) => ids.has(id));
      };
      expect(await running()).toEqual([true, true]);
      await runtime.stop(other, { graceSeconds: 0 });
      expect(await running()).toEqual([true, false]);
      expect(await another.runningIds?.()).not.toContain(one.id);
    },
  ),

  benchCheck(
    "neither sees nor touches another installation's instances",
    async ({ fixture: { runtime, another }, start }) => {
      const instance = await start('lingers');
      const { site } = instance;
      expect(await another.list(site)).toEqual([]);
      expect((await another.list()).map(({ id }) => id)).not.toContain(instance.id);
      expect(await another.inspect(instance)).toBeUndefined();
      await another.stop(instance, { graceSeconds: 0 });
      expect(await runtime.inspect(instance)).toMatchObject({ running: true });
    },
  ),
];
