import { afterAll, describe, expect, it } from 'vitest';
import { parseSiteName } from '../../core/index.ts';
import { baseImage, docker, newInstallation, recorder, site, startRequest, sweep } from './lab.ts';
import { runtimeLab } from './runtime-lab.ts';

const installation = newInstallation();
const { runtime, imageOf, start, logsOf, ended } = runtimeLab(installation);
const stranger = newInstallation();
const others = runtimeLab(stranger).runtime;
afterAll(async () => {
  await sweep(stranger);
  await sweep(installation);
});

describe('Volumes', () => {
  it('give the next instance the data, survive every stop, and go only when asked', async () => {
    const volumes = ['/data', '/with space'];
    const image = await imageOf('cat /data/file; date > /data/file; cat /data/file', 'VOLUME /data');
    const run = async () => {
      const instance = await runtime.start(startRequest(image, { volumes }), recorder().context);
      await ended(instance);
      const lines = await logsOf(instance);
      await runtime.stop(instance, { graceSeconds: 0 });
      return lines.filter((line) => line.startsWith('stdout'));
    };
    const [first] = await run();
    const [kept] = await run();
    expect(first).toMatch(/\d{4}/);
    expect(kept).toBe(first);
    const names = await runtime.volumes(site);
    expect(names).toHaveLength(2);
    const inspected = await Promise.all(names.map((name) => docker.getVolume(name).inspect()));
    expect(new Set(inspected.map(({ Labels }) => Labels['octohost.path']))).toEqual(new Set(volumes));
    for (const name of names) await runtime.removeVolume(name);
    for (const name of names) await runtime.removeVolume(name);
    expect(await runtime.volumes(site)).toEqual([]);
  });

  it('are not shared between sites', async () => {
    const instance = await start('exec sleep 600', { site: parseSiteName('other'), volumes: ['/data'] });
    expect(await runtime.volumes(site)).toEqual([]);
    expect(await runtime.volumes(parseSiteName('other'))).toHaveLength(1);
    await runtime.stop(instance, { graceSeconds: 0 });
  });

  it('are not removed while they are used', async () => {
    const instance = await start('exec sleep 600', { volumes: ['/used'] });
    const [name = ''] = await runtime.volumes(site);
    await expect(runtime.removeVolume(name)).rejects.toMatchObject({ code: 'E_VOLUME_IN_USE' });
    await runtime.stop(instance, { graceSeconds: 0 });
    await runtime.removeVolume(name);
  });
});

describe('What is not ours', () => {
  it('is not seen, stopped, kept, read or removed', async () => {
    const request = startRequest(await imageOf('echo secret; exec sleep 600'), { volumes: ['/data'] });
    const theirs = await others.start(request, recorder().context);
    const [volume = ''] = await others.volumes(site);
    expect(await runtime.list()).not.toContainEqual(expect.objectContaining({ id: theirs.id }));
    expect(await runtime.inspect(theirs)).toBeUndefined();
    await runtime.stop(theirs, { graceSeconds: 0 });
    await expect(runtime.keep(theirs)).rejects.toMatchObject({ code: 'E_INSTANCE_GONE' });
    expect(await logsOf(theirs)).toEqual([]);
    expect(await runtime.volumes(site)).toEqual([]);
    expect(await others.inspect(theirs)).toMatchObject({ running: true });
    await others.stop(theirs, { graceSeconds: 0 });
    await expect(runtime.removeVolume(volume)).rejects.toMatchObject({ code: 'E_NOT_OURS' });
    expect(await others.volumes(site)).toEqual([volume]);
  });

  it('includes volumes without any label, and names that are none', async () => {
    const name = `plain-${installation}`;
    await docker.createVolume({ Name: name });
    await expect(runtime.removeVolume(name)).rejects.toMatchObject({ code: 'E_NOT_OURS' });
    await expect(runtime.removeVolume(`../containers/${name}`)).rejects.toMatchObject({ code: 'E_NOT_OURS' });
    await docker.getVolume(name).remove();
  });

  it('includes containers with our label whose others do not tell an instance', async () => {
    const container = await docker.createContainer({
      Image: baseImage,
      Cmd: ['true'],
      Labels: { 'octohost.installation': installation, 'octohost.site': 'app' },
    });
    expect((await runtime.list(site)).map(({ id }) => id)).not.toContain(container.id);
    await container.remove();
  });
});

describe('Logs', () => {
  it('have both streams, and the last lines where asked', async () => {
    const instance = await start('echo out; sleep 0.1; echo err >&2; sleep 0.1; printf "a\\r\\nlast"');
    await ended(instance);
    expect(await logsOf(instance)).toEqual(['stdout out', 'stderr err', 'stdout a', 'stdout last']);
    expect(await logsOf(instance, { tail: 2 })).toEqual(['stdout a', 'stdout last']);
    expect(await logsOf(instance, { follow: true })).toHaveLength(4);
  });

  it('have lines longer than the engine writes at once', async () => {
    const instance = await start('head -c 40000 /dev/zero | tr "\\0" x; echo; echo next');
    await ended(instance);
    expect((await logsOf(instance)).map((line) => line.length)).toEqual([40_007, 11]);
  });

  it('are followed while they grow, until the signal aborts', async () => {
    const instance = await start('n=0; while true; do echo $((n += 1)); sleep 0.05; done');
    const stop = new AbortController();
    const lines: string[] = [];
    for await (const { text, instance: name } of runtime.logs(instance, { follow: true }, stop.signal)) {
      expect(name).toBe(instance.name);
      lines.push(text);
      if (lines.length === 5) stop.abort();
    }
    expect(lines).toEqual(['1', '2', '3', '4', '5']);
    const silent = await start('exec sleep 600');
    const soon = AbortSignal.timeout(200);
    for await (const line of runtime.logs(silent, { follow: true }, soon)) lines.push(line.text);
    expect(lines).toHaveLength(5);
    await runtime.stop(instance, { graceSeconds: 0 });
    await runtime.stop(silent, { graceSeconds: 0 });
  });
});
