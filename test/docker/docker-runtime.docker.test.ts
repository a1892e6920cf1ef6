import { createServer } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import type { StartRequest } from '../../core/index.ts';
import { dockerfileBuilder } from '../../plugins/dockerfile-builder/index.ts';
import {
  buildRequest,
  docker,
  dockerfile,
  freePort,
  newInstallation,
  provided,
  recorder,
  site,
  startRequest,
  sweep,
  treeOf,
  until,
} from './lab.ts';
import { runtimeLab } from './runtime-lab.ts';

const installation = newInstallation();
const { runtime, imageOf, start, logsOf, ended } = runtimeLab(installation);
afterAll(() => sweep(installation));

const web = 'mkdir -p /www && echo hello > /www/index.html && exec httpd -f -p 80 -h /www';
const tcp = (port: number) => ({ port, protocol: 'tcp' as const });
const bindingOf = (hostPort: number) => ({ ...tcp(80), hostAddress: '127.0.0.1', hostPort });

/** The containers of a start's deploy. */
async function left(request: StartRequest) {
  return (await runtime.list(site)).filter(({ deploy }) => deploy === request.deploy);
}

describe('An instance', () => {
  it('answers at its bound address, and is told by its labels alone', async () => {
    const bindings = [bindingOf(await freePort())];
    const instance = await start(web, { ports: [tcp(80)] }, { bindings, release: 4, digest: 'spec4' });
    const url = `http://127.0.0.1:${bindings[0]?.hostPort}/`;
    await until('it answers', () =>
      fetch(url).then(
        (response) => response.ok,
        () => false,
      ),
    );
    expect(await (await fetch(url)).text()).toBe('hello\n');
    expect(await runtime.list(site)).toContainEqual(instance);
    expect(instance).toMatchObject({ site: 'app', release: 4, spec: 'spec4', bindings });
    const { Ports } = (await docker.listContainers({ filters: { id: [instance.id] } }))[0] ?? {};
    expect(Ports?.map(({ IP }) => IP)).toEqual(['127.0.0.1']);
    await runtime.stop(instance, { graceSeconds: 0 });
  });

  it('has its environment, host name, memory limit and log limit', async () => {
    const environment = { TEXT: 'two\nlines', EMPTY: '' };
    const script = 'hostname; echo "$CONTAINER_NAME"; echo "$TEXT"; echo "[$EMPTY]"';
    const instance = await start(script, { environment, hostname: 'www.example.com', memoryLimit: 32 << 20 });
    await ended(instance);
    expect(await logsOf(instance)).toEqual(
      ['www.example.com', 'app', 'two', 'lines', '[]'].map((line) => `stdout ${line}`),
    );
    const { HostConfig } = await docker.getContainer(instance.id).inspect();
    expect(HostConfig).toMatchObject({
      Memory: 32 << 20,
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
    });
  });

  it('says that it runs, how it ended, and that it is gone', async () => {
    const running = await start('exec sleep 600');
    expect(await runtime.inspect(running)).toMatchObject({ running: true, restarts: 0 });
    expect(await runtime.inspect(running)).not.toHaveProperty('exitCode');
    const failing = await start('exit 3');
    await ended(failing);
    expect(await runtime.inspect(failing)).toMatchObject({ running: false, exitCode: 3 });
    await runtime.stop(running, { graceSeconds: 0 });
    expect(await runtime.inspect(running)).toBeUndefined();
  });

  it('does not come back by itself before it is kept, and does afterwards', async () => {
    const instance = await start('sleep 0.2; exit 1');
    await ended(instance);
    expect((await runtime.inspect(instance))?.restarts).toBe(0);
    const kept = await start('while ! rm /crash 2>/dev/null; do sleep 0.1; done; exit 1');
    await runtime.keep(kept);
    await runtime.keep(kept);
    const { HostConfig } = await docker.getContainer(kept.id).inspect();
    expect(HostConfig.RestartPolicy?.Name).toBe('unless-stopped');
    const before = await runtime.inspect(kept);
    // Not by a signal through the engine: what the engine was asked to end, it does not start again.
    await (await docker.getContainer(kept.id).exec({ Cmd: ['touch', '/crash'] })).start({});
    await until('it runs again', async () => {
      const now = await runtime.inspect(kept);
      return now?.running === true && now.startedAt !== before?.startedAt;
    });
    expect((await runtime.inspect(kept))?.restarts).toBe(1);
    await runtime.stop(kept, { graceSeconds: 0 });
    expect(await runtime.inspect(kept)).toBeUndefined();
  });

  it('that ended well is not started again by being kept', async () => {
    const instance = await start('exit 0');
    await ended(instance);
    await runtime.keep(instance);
    const { HostConfig } = await docker.getContainer(instance.id).inspect();
    expect(HostConfig.RestartPolicy?.Name).toBe('no');
  });

  it('that is gone cannot be kept', async () => {
    const instance = await start('exec sleep 600');
    await runtime.stop(instance, { graceSeconds: 0 });
    await expect(runtime.keep(instance)).rejects.toMatchObject({ code: 'E_INSTANCE_GONE' });
  });
});

describe('A start that fails', () => {
  it.each([
    { name: 'another instance', foreign: false },
    { name: 'another program', foreign: true },
  ])('because $name has the port says which, and leaves nothing', async ({ foreign }) => {
    const port = await freePort();
    const server = createServer();
    const holder = foreign
      ? undefined
      : await start(web, { ports: [tcp(80)] }, { bindings: [bindingOf(port)] });
    if (foreign) await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const request = startRequest(await imageOf(web), { ports: [tcp(80)] }, { bindings: [bindingOf(port)] });
    await expect(runtime.start(request, recorder().context)).rejects.toMatchObject({
      code: 'E_PORT_TAKEN',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
    expect(await left(request)).toEqual([]);
    if (holder) await runtime.stop(holder, { graceSeconds: 0 });
    else await new Promise((resolve) => server.close(resolve));
    const second = await runtime.start(request, recorder().context);
    await runtime.stop(second, { graceSeconds: 0 });
  });

  it('because there is no such program tells the words of the engine, and leaves nothing', async () => {
    const request = startRequest(await imageOf('unused', 'ENTRYPOINT ["/no/such/program"]'));
    await expect(runtime.start(request, recorder().context)).rejects.toMatchObject({
      code: 'E_START_FAILED',
      message: expect.stringContaining('/no/such/program'),
    });
    expect(await left(request)).toEqual([]);
  });

  it('because the image is gone says so', async () => {
    const request = startRequest(`sha256:${'0'.repeat(64)}`);
    await expect(runtime.start(request, recorder().context)).rejects.toMatchObject({
      code: 'E_START_REFUSED',
    });
  });

  it('because it is interrupted leaves nothing', async () => {
    const stop = new AbortController();
    const request = startRequest(await imageOf('exec sleep 600'));
    const started = runtime.start(request, recorder(stop.signal).context);
    const failed = expect(started).rejects.toMatchObject({ code: 'E_ABORTED' });
    await until('its container is there', async () => (await left(request)).length === 1);
    stop.abort();
    await failed;
    expect(await left(request)).toEqual([]);
  });
});

describe('The end of an instance', () => {
  it('is asked for with the signal that the image wants, and waited for', async () => {
    const script =
      'trap "echo asked; sleep 0.5; echo done; exit 0" USR2; echo up; while true; do sleep 0.1; done';
    const builder = provided(dockerfileBuilder(), 'builder', installation);
    const tree = treeOf(dockerfile('STOPSIGNAL SIGUSR2', `CMD ${JSON.stringify(['sh', '-c', script])}`));
    const { id } = await builder.build(buildRequest(tree), recorder().context);
    const request = startRequest(id);
    const instance = await runtime.start(request, recorder().context);
    const lines: string[] = [];
    const followed = (async () => {
      for await (const { text } of runtime.logs(instance, { follow: true }, new AbortController().signal))
        lines.push(text);
    })();
    await until('it is up', () => lines.includes('up'));
    await runtime.stop(instance, { graceSeconds: 10 });
    await followed;
    expect(lines).toEqual(['up', 'asked', 'done']);
  });

  it('comes by force after the grace', async () => {
    const instance = await start('trap "" TERM; while true; do sleep 0.1; done');
    const began = performance.now();
    await runtime.stop(instance, { graceSeconds: 1 });
    expect(performance.now() - began).toBeLessThan(8_000);
    expect(await runtime.inspect(instance)).toBeUndefined();
  });

  it('may be wanted by several at once, and again', async () => {
    const instance = await start('exec sleep 600');
    const same = runtimeLab(installation).runtime;
    const stops = [runtime, same, runtime, same].map((by) => by.stop(instance, { graceSeconds: 0 }));
    await Promise.all(stops);
    await runtime.stop(instance, { graceSeconds: 0 });
    expect((await runtime.list(site)).map(({ id }) => id)).not.toContain(instance.id);
  });
});
