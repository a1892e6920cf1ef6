/** The release task: once for a push, in the new image, between built and start. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandWords } from '../../core/command-words.ts';
import { parseSiteName } from '../../core/grammar.ts';
import type { Task, TaskRequest } from '../../core/roles.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
const procfile = { Procfile: 'web: serve\nrelease: ./migrate --all\n' };
let world: TestEngine;
beforeEach(() => {
  world = testEngine();
});
afterEach(() => world.dispose());

const deploy = (files: Record<string, string> = {}) =>
  world.engine.deploy([push(app, { ...procfile, ...files })], world.operation());
const set = (values: Record<string, string | null>) => world.engine.setSettings(app, values);
const calls = (...methods: string[]) =>
  [...world.roles.builder.calls, ...world.roles.runtime.calls].filter(({ method }) =>
    methods.includes(method),
  );
const runs = () => calls('run').map(({ arguments: [request] }) => request as TaskRequest);
const tasks = () => world.roles.runtime.tasks(app);
const converge = () => world.engine.converge(undefined, world.operation());

describe('a release task', () => {
  it('runs in the new image, after it is built and before an instance starts, and is removed', async () => {
    await set({ DATABASE_URL: 'postgres://x:secret-word@db/x', MEMORY_LIMIT: '64m' });
    world.roles.runtime.behaveTasks({ kind: 'exits', code: 0, stdout: ['to postgres://x:secret-word@db/x'] });
    const [outcome] = await deploy({ Dockerfile: 'FROM scratch\nEXPOSE 8080\nVOLUME /data\n' });
    expect(outcome?.steps.map(({ step }) => step)).toEqual([
      'receive',
      'build',
      'release',
      'start',
      'register',
      'prepare',
      'apply',
    ]);
    expect(runs()).toEqual([
      {
        deploy: outcome?.release.deploy,
        command: ['sh', '-c', './migrate --all'],
        spec: expect.objectContaining({
          site: 'app',
          image: outcome?.release.image.id,
          environment: { DATABASE_URL: 'postgres://x:secret-word@db/x' },
          memoryLimit: 64 * 1024 * 1024,
          volumes: ['/data'],
          ports: [],
        }),
      },
    ]);
    expect(
      world.roles.runtime.calls.map(({ method }) => method).filter((one) => /^(run|start)$/.test(one)),
    ).toEqual(['run', 'start']);
    expect(world.told).toContain('app says: to [hidden]');
    expect(world.recorder.payloads('settled')[0]).toMatchObject({
      steps: expect.arrayContaining([expect.objectContaining({ step: 'release' })]),
    });
    expect(await tasks()).toEqual([]);
  });

  it('runs for each push, of the tree that runs too, and for nothing else', async () => {
    await deploy();
    await deploy();
    await deploy({ a: '2' });
    expect(runs()).toHaveLength(3);
    await world.engine.change(app, { reason: 'scale', settings: { CONTAINERS: '2' } }, world.operation());
    await world.engine.change(app, { reason: 'configuration', settings: { A: '1' } }, world.operation());
    await world.engine.change(app, { reason: 'reload', reload: true }, world.operation());
    await world.engine.rollback(app, undefined, world.operation());
    await world.engine.stop(app, world.operation());
    await converge();
    expect(runs()).toHaveLength(3);
  });

  it('that fails refuses the push before anything starts; the old release serves on', async () => {
    await deploy();
    const before = { starts: calls('start').length, images: [...world.roles.builder.images.keys()] };
    const stdout = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`);
    world.roles.runtime.behaveTasks({ kind: 'exits', code: 4, stdout });
    await expect(deploy({ a: '2' })).rejects.toMatchObject({
      code: 'E_RELEASE_TASK',
      step: 'release',
      site: 'app',
      message: 'The release task "./migrate --all" ended with code 4.',
      details: stdout.slice(10),
    });
    expect(calls('start')).toHaveLength(before.starts);
    expect([...world.roles.builder.images.keys()]).toEqual(before.images);
    expect((await world.engine.current(app))?.number).toBe(1);
    expect(await tasks()).toEqual([]);
    expect(world.recorder.lifecycle().slice(-2)).toEqual(['failed', 'settled']);
    expect((await converge()).actions).toEqual([]);
  });

  it('is stopped when its time is over', async () => {
    await set({ OCTO_RELEASE_TIMEOUT: '1', OCTO_GRACE_PERIOD: '7' });
    world.roles.runtime.behaveTasks({ kind: 'silent', stdout: ['begun'] });
    await expect(deploy()).rejects.toMatchObject({ code: 'E_RELEASE_TIME', details: ['begun'] });
    expect(calls('stop').map(({ arguments: [, options] }) => options)).toEqual([{ graceSeconds: 7 }]);
    expect(await tasks()).toEqual([]);
    expect(calls('start')).toEqual([]);
  });

  it.each(['cancelled', 'interrupted'])(
    'of a deploy that is %s is stopped, and nothing is left',
    async (how) => {
      world.roles.runtime.behaveTasks({ kind: 'silent', stdout: ['begun'] });
      const stop = new AbortController();
      const deploying = world.engine.deploy([push(app, procfile)], world.operation({ signal: stop.signal }));
      await expect.poll(() => world.told).toContain('app says: begun');
      const [deployed] = await world.engine.deploys(app);
      if (how === 'cancelled') await world.engine.cancel(deployed?.deploy ?? '', 'me');
      else stop.abort();
      await expect(deploying).rejects.toMatchObject({ exit: 130 });
      expect(await tasks()).toEqual([]);
      expect(world.roles.builder.images.size).toBe(0);
    },
  );

  it('can stand in the site file, which is stronger than the Procfile', async () => {
    await deploy({ '.octohost.yml': 'release: bin/up\nreleaseTimeout: 30\n' });
    expect(runs().map(({ command }) => command)).toEqual([['sh', '-c', 'bin/up']]);
    expect(await world.engine.explain(app)).toContainEqual({
      name: 'release',
      value: 'bin/up',
      origin: '.octohost.yml line 1',
    });
  });

  it('of a Procfile is told with where it comes from', async () => {
    await deploy();
    const told = { name: 'release', value: './migrate --all', origin: 'Procfile' };
    expect(await world.engine.explain(app)).toContainEqual(told);
  });

  it('can be a setting, which is stronger than the Procfile and can turn it off', async () => {
    await set({ OCTO_RELEASE_COMMAND: '["migrate", "--to", "the end"]' });
    await deploy();
    expect(runs().map(({ command }) => command)).toEqual([['migrate', '--to', 'the end']]);
    await set({ OCTO_RELEASE_COMMAND: '' });
    await deploy();
    expect(runs()).toHaveLength(1);
  });

  it('is no step where there is none', async () => {
    const [outcome] = await world.engine.deploy([push(app)], world.operation());
    expect(outcome?.steps.map(({ step }) => step)).not.toContain('release');
  });
});

/** A task as a deploy leaves it that was killed. */
async function left(): Promise<Task> {
  world.roles.runtime.behaveTasks({ kind: 'silent' });
  const { spec } = {
    spec: { site: app, image: 'x', environment: {}, ports: [], volumes: [], generation: 1 },
  };
  const context = { signal: new AbortController().signal, output: () => {}, warn: () => {} };
  const task = await world.roles.runtime.run({ spec, deploy: 'dead', command: ['x'] }, context);
  world.roles.runtime.behaveTasks({ kind: 'exits', code: 0 });
  return task;
}

describe('a release task whose deploy died', () => {
  it('is left to end: the next deploy waits for it, removes it, and then runs its own', async () => {
    const task = await left();
    const before = runs().length;
    const deploying = deploy();
    await expect
      .poll(() => world.told)
      .toContain('app says: waiting for the release task of the deploy dead to end (app-dead-task)');
    expect(runs()).toHaveLength(before);
    expect(await tasks()).toEqual([task]);
    await world.roles.runtime.crash(task);
    await deploying;
    expect(runs()).toHaveLength(before + 1);
    expect(await tasks()).toEqual([]);
  });

  it('is waited for by a deploy without one too', async () => {
    const task = await left();
    await world.roles.runtime.crash(task);
    await world.engine.deploy([push(app)], world.operation());
    expect(await tasks()).toEqual([]);
  });

  it('is left by converge while it runs, which says so, and removed once it has ended', async () => {
    const task = await left();
    expect(await converge()).toEqual({ actions: [], problems: [] });
    expect(world.told).toContain(
      'app says: the release task of the deploy dead still runs (app-dead-task); it is left to end',
    );
    await world.roles.runtime.crash(task);
    expect((await converge()).actions).toEqual([{ site: 'app', did: 'removed app-dead-task' }]);
    expect((await converge()).actions).toEqual([]);
  });

  it('goes with its site', async () => {
    await world.engine.deploy([push(app)], world.operation());
    await left();
    await world.engine.remove(app, { volumes: false }, world.operation());
    expect(await tasks()).toEqual([]);
  });
});

it('the task of a deploy that lost its lease is left to the next one', async () => {
  world.roles.runtime.behaveTasks({ kind: 'silent', stdout: ['begun'] });
  const deploying = deploy();
  await expect.poll(() => world.told).toContain('app says: begun');
  await world.engine.unlock('app', { force: true });
  await expect(deploying).rejects.toMatchObject({ code: 'E_LEASE_LOST' });
  expect(await tasks()).toHaveLength(1);
});

it.each([
  { command: 'npm run up', words: ['sh', '-c', 'npm run up'] },
  { command: ' ["a", "b c"] ', words: ['a', 'b c'] },
  { command: '[ -f x ] || exit 1', words: ['sh', '-c', '[ -f x ] || exit 1'] },
  { command: '[]', words: ['sh', '-c', '[]'] },
  { command: '[1]', words: ['sh', '-c', '[1]'] },
])('$command is run as words', ({ command, words }) => {
  expect(commandWords(command)).toEqual(words);
});
