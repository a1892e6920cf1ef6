/** What whoever listens hears of instances. */
import { expect } from 'vitest';
import type { InstanceEvent, Runtime } from '../../core/index.ts';
import { eventually, stepContext } from './fixture.ts';
import { benchCheck, type RuntimeFixture } from './runtime-bench.ts';
import type { Check } from './suite.ts';

export const events: readonly Check<RuntimeFixture>[] = [
  benchCheck(
    'tells that an instance started and that it ended, by its id and site',
    async ({ fixture: { runtime, crash }, start }) => {
      const heard = await listen(runtime);
      const instance = await start('lingers');
      const { id, name, site } = instance;
      const count = () => heard.of(id).length;
      await eventually('its start', async () => count() > 0);
      expect(heard.of(id)[0]).toMatchObject({ id, name, site });
      const before = count();
      await crash(instance);
      await eventually('its end', async () => count() > before);
      heard.stop();
    },
  ),

  benchCheck('tells that an instance was removed', async ({ fixture: { runtime }, start }) => {
    const heard = await listen(runtime);
    const instance = await start('lingers');
    const count = () => heard.of(instance.id).length;
    await eventually('its start', async () => count() > 0);
    const before = count();
    await runtime.stop(instance, { graceSeconds: 0 });
    await eventually('its removal', async () => count() > before);
    heard.stop();
  }),

  benchCheck(
    'tells nothing of another installation',
    async ({ fixture: { runtime, another }, start, request }) => {
      const heard = await listen(runtime);
      const theirs = await another.start(request('lingers'), stepContext());
      await another.stop(theirs, { graceSeconds: 0 });
      const ours = await start('lingers');
      await eventually('our own', async () => heard.of(ours.id).length > 0);
      expect(heard.of(theirs.id)).toEqual([]);
      heard.stop();
    },
  ),

  benchCheck('ends with the signal, also one that was aborted before', async ({ fixture }) => {
    const heard = await listen(fixture.runtime);
    await expect(heard.end()).resolves.toBeUndefined();
    for await (const _ of await fixture.runtime.watch(AbortSignal.abort()))
      throw new Error('A watch with an aborted signal yielded.');
  }),
];

async function listen(runtime: Runtime) {
  const controller = new AbortController();
  const heard: InstanceEvent[] = [];
  const stream = await runtime.watch(controller.signal);
  const ended = (async () => {
    for await (const event of stream) heard.push(event);
  })();
  ended.catch(() => {});
  return {
    of: (id: string) => heard.filter((event) => event.id === id),
    async end() {
      controller.abort();
      await ended;
    },
    /** How it ends is for another check. */
    stop: () => controller.abort(),
  };
}
