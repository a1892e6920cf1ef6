/** Commands that somebody runs by hand: in a container of their own, and in an instance. */
import { PassThrough, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSiteName } from '../../core/grammar.ts';
import type { Streams, TaskRequest } from '../../core/roles.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
const dockerfile = { Dockerfile: 'FROM scratch\nEXPOSE 8080\nVOLUME /data\n' };
let world: TestEngine;
beforeEach(() => {
  world = testEngine();
});
afterEach(() => world.dispose());

const deploy = (files = {}) =>
  world.engine.deploy([push(app, { ...dockerfile, ...files })], world.operation());
const settings = (values: Record<string, string>) => values;
const tasks = () => world.roles.runtime.tasks(app);
const converge = () => world.engine.converge(undefined, world.operation());
const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });

function desk() {
  const stdin = new PassThrough();
  return { stdin, streams: { stdin, stdout: nowhere(), stderr: nowhere() } satisfies Streams };
}
const run = (streams: Streams, signal = new AbortController().signal) =>
  world.engine.runAttended(app, ['sh', '-c', 'x'], streams, world.operation({ signal }));

describe('a command in a container of its own', () => {
  it('has the image, environment, volumes and limits of the current release, and no ports', async () => {
    await world.engine.setSettings(app, settings({ TOKEN: 'x', MEMORY_LIMIT: '64m' }));
    const [outcome] = await deploy();
    world.roles.runtime.behaveTasks({ kind: 'exits', code: 7 });
    expect(await run(desk().streams)).toBe(7);
    const call = world.roles.runtime.calls.find(({ method }) => method === 'runAttended');
    const [request, , options] = call?.arguments ?? [];
    expect(request as TaskRequest).toMatchObject({
      command: ['sh', '-c', 'x'],
      spec: {
        site: app,
        image: outcome?.release.image.id,
        environment: { TOKEN: 'x' },
        volumes: ['/data'],
        memoryLimit: 64 * 1024 * 1024,
        ports: [],
      },
    });
    expect(options).toEqual({ graceSeconds: outcome?.release.graceSeconds });
    expect(await world.roles.store.list('octohost-state/leases/run')).toEqual([]);
  });

  it('runs beside deploys: none waits for it, no converge ends it, and a stopped site has it too', async () => {
    await deploy();
    world.roles.runtime.behaveTasks({ kind: 'echoes' });
    const at = desk();
    const running = run(at.streams);
    await expect.poll(tasks).toHaveLength(1);
    await deploy({ a: '2' });
    await world.engine.stop(app, world.operation());
    expect((await converge()).actions).toEqual([]);
    expect(await tasks()).toEqual([expect.objectContaining({ attended: true, site: app })]);
    expect((await world.engine.locks()).map(({ name }) => name)).toEqual([
      `run/app/${(await tasks())[0]?.deploy}`,
    ]);
    at.stdin.end();
    expect(await running).toBe(0);
    expect(await tasks()).toEqual([]);
    const again = desk();
    again.stdin.end();
    expect(await run(again.streams)).toBe(0);
  });

  it('ends with its operation, and with its lock', async () => {
    await deploy();
    world.roles.runtime.behaveTasks({ kind: 'silent' });
    const stop = new AbortController();
    const interrupted = expect(run(desk().streams, stop.signal)).rejects.toMatchObject({ code: 'E_ABORTED' });
    await expect.poll(tasks).toHaveLength(1);
    stop.abort();
    await interrupted;
    expect(await tasks()).toEqual([]);
  });

  it('is taken away by converge once nobody is at it any more, though it runs', async () => {
    await deploy();
    world.roles.runtime.behaveTasks({ kind: 'silent' });
    const request = { spec: specOf(await world.engine.current(app)), deploy: 'left', command: ['x'] };
    const killed = new AbortController();
    const { signal } = killed;
    const left = world.roles.runtime
      .runAttended(request, desk().streams, { graceSeconds: 0 }, { signal, output() {}, warn() {} })
      .catch(() => {});
    await expect.poll(tasks).toHaveLength(1);
    expect((await converge()).actions).toEqual([{ site: app, did: 'removed app-left-run' }]);
    expect((await converge()).actions).toEqual([]);
    await left;
  });

  it('is ended when its site is removed', async () => {
    await deploy();
    world.roles.runtime.behaveTasks({ kind: 'silent' });
    const running = run(desk().streams).catch(() => {});
    await expect.poll(tasks).toHaveLength(1);
    await world.engine.remove(app, { volumes: false }, world.operation());
    expect(await tasks()).toEqual([]);
    await running;
  });

  it('needs a site that has a release', async () => {
    await expect(run(desk().streams)).rejects.toMatchObject({ code: 'E_SITE_UNKNOWN' });
    await world.engine.setSettings(app, settings({ A: '1' }));
    await expect(run(desk().streams)).rejects.toMatchObject({ code: 'E_SITE_NEVER_RELEASED' });
  });
});

it('a command in an instance ends with its exit code, and leaves the instance', async () => {
  await deploy();
  world.roles.runtime.behaveTasks({ kind: 'exits', code: 5 });
  const [instance] = await world.engine.instances(app);
  if (!instance) throw new Error('No instance.');
  expect(await world.engine.execAttended(instance, ['x'], desk().streams, world.operation())).toBe(5);
  expect(await world.engine.instances(app)).toEqual([instance]);
});

function specOf(release: Awaited<ReturnType<TestEngine['engine']['current']>>): TaskRequest['spec'] {
  if (!release) throw new Error('No release.');
  return { site: app, image: release.image.id, environment: {}, ...release.run };
}
