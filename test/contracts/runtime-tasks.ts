/** Commands that are run once. */
import { expect } from 'vitest';
import { collect, eventually } from './fixture.ts';
import { benchCheck, ended, type RuntimeFixture } from './runtime-bench.ts';
import type { Check } from './suite.ts';

const { signal } = new AbortController();

export const tasks: readonly Check<RuntimeFixture>[] = [
  ...[0, 3].map((code) =>
    benchCheck(
      `runs a command in the place of what the image starts, to its end with ${code}`,
      async ({ fixture: { runtime }, run }) => {
        const task = await run('speaks', { GREETING: 'hello', EXIT_CODE: String(code) });
        expect(await ended(runtime, task)).toMatchObject({ exitCode: code, restarts: 0, kept: false });
        const lines = await collect(runtime.logs(task, {}, signal));
        expect(lines.map(({ stream, text }) => `${stream} ${text}`).toSorted()).toEqual([
          'stderr warned',
          'stdout hello',
        ]);
        expect(lines[0]?.instance).toBe(task.name);
      },
    ),
  ),

  benchCheck(
    'keeps tasks and instances apart, and those of other installations',
    async ({ fixture: { runtime, another }, start, run }) => {
      const instance = await start('lingers');
      const task = await run('lingers', {}, instance.site);
      expect(task).toEqual({
        id: expect.stringMatching(/./),
        name: expect.stringContaining(task.deploy),
        site: instance.site,
        deploy: task.deploy,
      });
      expect(await runtime.tasks(instance.site)).toEqual([task]);
      expect(await runtime.tasks()).toContainEqual(task);
      expect(await runtime.list(instance.site)).toEqual([instance]);
      expect(await another.tasks(instance.site)).toEqual([]);
      await another.stop(task, { graceSeconds: 0 });
      expect(await runtime.inspect(task)).toMatchObject({ running: true });
    },
  ),

  benchCheck('ends with the log of a task that is followed', async ({ fixture, run }) => {
    const task = await run('speaks', { GREETING: 'hello', EXIT_CODE: '0' });
    const lines = await collect(fixture.runtime.logs(task, { follow: true }, signal));
    expect(lines.map(({ text }) => text).toSorted()).toEqual(['hello', 'warned']);
  }),

  benchCheck(
    'asks a task to end, gives it the time to, and removes it',
    async ({ fixture: { runtime }, run }) => {
      const task = await run('lingers');
      const lines: string[] = [];
      const following = (async () => {
        for await (const { text } of runtime.logs(task, { follow: true }, signal)) lines.push(text);
      })();
      await eventually('its first line', async () => lines.includes('ready'));
      await runtime.stop(task, { graceSeconds: 30 });
      await following;
      expect(lines).toEqual(['ready', 'ending', 'ended']);
      expect(await runtime.inspect(task)).toBeUndefined();
      expect(await runtime.tasks(task.site)).toEqual([]);
      await runtime.stop(task, { graceSeconds: 1 });
    },
  ),
];
