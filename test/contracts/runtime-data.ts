/** What instances write: their logs, and their volumes, which outlive them. */
import { expect } from 'vitest';
import type { Instance, LogLine, LogOptions, Runtime, SiteName } from '../../core/index.ts';
import { collect, eventually, freshSite } from './fixture.ts';
import { benchCheck, ended, type RuntimeFixture } from './runtime-bench.ts';
import type { Check } from './suite.ts';

export const logs: readonly Check<RuntimeFixture>[] = [
  benchCheck(
    'has the lines of an instance that has ended, all or the last ones',
    async ({ fixture: { runtime }, start }) => {
      const instance = await start('ends', { spec: { environment: { EXIT_CODE: '0' } } });
      await ended(runtime, instance);
      const line = (words: string) => ({ instance: instance.name, stream: 'stdout', text: words });
      expect(await linesOf(runtime, instance)).toEqual([line('one'), line('two'), line('three')]);
      expect(await linesOf(runtime, instance, { tail: 2 })).toEqual([line('two'), line('three')]);
      expect(await linesOf(runtime, instance, { tail: 100, follow: true })).toHaveLength(3);
    },
  ),

  benchCheck('gives the lines since a moment', async ({ fixture: { runtime }, start }) => {
    const instance = await start('ends', { spec: { environment: { EXIT_CODE: '0' } } });
    await ended(runtime, instance);
    const hour = 60 * 60 * 1000;
    expect(await linesOf(runtime, instance, { since: Date.now() - hour })).toHaveLength(3);
    expect(await linesOf(runtime, instance, { since: Date.now() + hour })).toEqual([]);
  }),

  benchCheck('tells stdout from stderr', async ({ fixture: { runtime }, start }) => {
    const instance = await start('serves');
    const lines = await eventually('both lines', async () => {
      const found = await linesOf(runtime, instance);
      return found.length >= 2 && found;
    });
    expect(lines.map(({ stream, text: words }) => `${stream}: ${words}`).toSorted()).toEqual([
      'stderr: warned',
      'stdout: listening',
    ]);
  }),

  benchCheck(
    'stops following when the instance ends, also without a last word',
    async ({ fixture: { runtime, crash }, start }) => {
      const instance = await start('lingers');
      const lines: string[] = [];
      const following = (async () => {
        const { signal } = new AbortController();
        for await (const { text: line } of runtime.logs(instance, { follow: true }, signal)) lines.push(line);
      })();
      await eventually('its first line', async () => lines.includes('ready'));
      await crash(instance);
      await following;
      expect(lines).toEqual(['ready']);
      expect(await runtime.inspect(instance)).toMatchObject({ running: false });
    },
  ),

  benchCheck(
    'stops following, without an error, when the signal aborts',
    async ({ fixture: { runtime }, start }) => {
      const instance = await start('lingers');
      const controller = new AbortController();
      const lines: string[] = [];
      for await (const { text: line } of runtime.logs(instance, { follow: true }, controller.signal)) {
        lines.push(line);
        controller.abort();
      }
      expect(lines).toEqual(['ready']);
      expect(await runtime.inspect(instance)).toMatchObject({ running: true });
    },
  ),
];

export const volumes: readonly Check<RuntimeFixture>[] = [
  benchCheck(
    'gives the next instance of a site the data of the one before, which was stopped',
    async ({ fixture: { runtime, write, read }, start }) => {
      const site = freshSite();
      const before = await start('lingers', { spec: { site, volumes: ['/data', '/var/lib/more'] } });
      await write(before, '/data', 'note', 'kept');
      await runtime.stop(before, { graceSeconds: 0 });
      expect(await runtime.volumes(site)).toHaveLength(2);
      const after = await start('lingers', {
        release: 8,
        spec: { site, volumes: ['/data', '/var/lib/more'] },
      });
      expect(await read(after, '/data', 'note')).toBe('kept');
      expect(await read(after, '/var/lib/more', 'note')).toBeUndefined();
      expect(await runtime.volumes(site)).toHaveLength(2);
    },
  ),

  benchCheck(
    'keeps the volumes of sites apart, whatever their names begin with',
    async ({ fixture: { runtime, write, read }, start }) => {
      const site = freshSite();
      const longer = `${site}-two` as SiteName;
      const first = await start('lingers', { spec: { site, volumes: ['/data'] } });
      const second = await start('lingers', { spec: { site: longer, volumes: ['/data'] } });
      await write(first, '/data', 'note', 'of the first');
      expect(await read(second, '/data', 'note')).toBeUndefined();
      const [ours, theirs] = await Promise.all([runtime.volumes(site), runtime.volumes(longer)]);
      expect(ours).toHaveLength(1);
      expect(theirs).toHaveLength(1);
      expect(ours).not.toEqual(theirs);
    },
  ),

  benchCheck(
    'gives a site the data of another owner, and tells of it by that one alone',
    async ({ fixture: { runtime, write, read }, start }) => {
      const [owner, site] = [freshSite(), freshSite()];
      const before = await start('lingers', { spec: { site: owner, volumes: ['/data'] } });
      await write(before, '/data', 'note', 'kept');
      const after = await start('lingers', { spec: { site, volumes: ['/data'] }, volumeOwner: owner });
      expect(await read(after, '/data', 'note')).toBe('kept');
      const fresh = `${owner}.d1`;
      const anew = await start('lingers', { spec: { site: owner, volumes: ['/data'] }, volumeOwner: fresh });
      expect(await read(anew, '/data', 'note')).toBeUndefined();
      expect(await runtime.volumes(site)).toEqual([]);
      const [ours, theirs] = await Promise.all([runtime.volumes(owner), runtime.volumes(fresh)]);
      expect([ours.length, theirs.length, ours.includes(theirs[0] ?? '')]).toEqual([1, 1, false]);
      for (const one of [before, after, anew]) await runtime.stop(one, { graceSeconds: 0 });
      for (const volume of theirs) await runtime.removeVolume(volume);
      expect(await runtime.volumes(owner)).toEqual(ours);
    },
  ),

  benchCheck(
    "neither sees nor removes another installation's volumes",
    async ({ fixture: { runtime, another }, start }) => {
      const { site } = await start('lingers', { spec: { volumes: ['/data'] } });
      const [volume = ''] = await runtime.volumes(site);
      expect(await another.volumes(site)).toEqual([]);
      await expect(another.removeVolume(volume)).rejects.toThrow();
      expect(await runtime.volumes(site)).toEqual([volume]);
    },
  ),

  benchCheck(
    'removes a volume by its name, with its data, and no other',
    async ({ fixture: { runtime, write, read }, start }) => {
      const [site, other] = [freshSite(), freshSite()];
      const instance = await start('lingers', { spec: { site, volumes: ['/data'] } });
      const beside = await start('lingers', { spec: { site: other, volumes: ['/data'] } });
      await write(instance, '/data', 'note', 'gone');
      await write(beside, '/data', 'note', 'stays');
      await runtime.stop(instance, { graceSeconds: 0 });
      const [volume = ''] = await runtime.volumes(site);
      await runtime.removeVolume(volume);
      expect(await runtime.volumes(site)).toEqual([]);
      expect(await read(beside, '/data', 'note')).toBe('stays');
      const again = await start('lingers', { spec: { site, volumes: ['/data'] } });
      expect(await read(again, '/data', 'note')).toBeUndefined();
    },
  ),
];

function linesOf(runtime: Runtime, instance: Instance, options: LogOptions = {}): Promise<LogLine[]> {
  return collect(runtime.logs(instance, options, new AbortController().signal));
}
