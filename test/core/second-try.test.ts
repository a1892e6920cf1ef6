/** A failed start is tried once more: never twice, and not where trying again cannot change anything. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errors } from '../../core/error-catalogue.ts';
import { OctohostError } from '../../core/errors.ts';
import { parseSiteName } from '../../core/grammar.ts';
import { afterFirst, isWorthAnotherTry, sayAgain } from '../../core/second-try.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
const dead = errors.E_CHECK_DEAD({ instance: 'app-1', status: 'ended with code 3', transcript: ['a', 'b'] });

describe('another try', () => {
  it.each([
    { what: 'a process that ended', error: dead, worth: true },
    {
      what: "a runtime's own error",
      error: new OctohostError('E_START_FAILED', { message: 'x', hint: 'y' }),
      worth: true,
    },
    { what: 'a surprise', error: new Error('socket hang up'), worth: true },
    { what: 'no such image', error: errors.E_START_REFUSED({ name: 'a', words: 'x' }), worth: false },
    { what: 'a host port that is taken', error: errors.E_HOST_PORT_TAKEN({ port: 1 }), worth: false },
    { what: 'a name that is taken', error: errors.E_NAME_TAKEN({ name: 'a' }), worth: false },
    { what: 'an interruption', error: errors.E_ABORTED({ what: 'it' }), worth: false },
    { what: 'an engine that is away', error: errors.E_UNAVAILABLE({ what: 'it', cause: 'x' }), worth: false },
    {
      what: 'silence for the whole time',
      error: errors.E_CHECK_SILENT({ instance: 'a', asked: 't', seconds: 60, listens: true, transcript: [] }),
      worth: false,
    },
  ])('after $what: $worth', ({ error, worth }) => {
    expect(isWorthAnotherTry(error)).toBe(worth);
  });

  it('that fails too says so with its own lines last, and the end of the first ones', () => {
    const first = errors.E_CHECK_DEAD({
      instance: 'app-1',
      status: 'ended with code 3',
      transcript: ['1', '2', '3', '4', '5', '6'],
    });
    const second = afterFirst(first, dead);
    expect(second).toMatchObject({ code: 'E_CHECK_DEAD', message: dead.message, hint: dead.hint });
    expect((second as OctohostError).details).toEqual([
      'first try: The new instance app-1 ended with code 3 before it answered.',
      ...['2', '3', '4', '5', '6'].map((line) => `first try: ${line}`),
      'a',
      'b',
    ]);
  });

  it('is told with the reason', () => {
    expect(sayAgain(dead)).toBe(
      'The new instance app-1 ended with code 3 before it answered. It is tried once more.',
    );
    expect(sayAgain(new Error('no'))).toBe('no. It is tried once more.');
  });
});

describe('a deploy', () => {
  let world: TestEngine;
  beforeEach(() => {
    world = testEngine();
  });
  afterEach(() => world.dispose());

  const deploy = (files = {}) => world.engine.deploy([push(app, files)], world.operation());
  const starts = () => world.roles.runtime.calls.filter(({ method }) => method === 'start').length;
  const dies = (times: number, code = 3) => {
    let left = times;
    world.roles.runtime.behave(() => (left-- > 0 ? { kind: 'exits', code, stderr: ['not yet'] } : undefined));
  };
  const ports = async () => {
    const entries = await world.roles.store.list('octohost-state/ports/');
    return entries.map(({ value }) => JSON.parse(value)).filter(({ freedAt }) => freedAt === undefined)
      .length;
  };

  it('whose instance crashes at first and lives then is live, and tells the reason', async () => {
    dies(1);
    await deploy();
    expect(starts()).toBe(2);
    expect(world.told).toContainEqual(
      expect.stringMatching(/^app says: .* ended with code 3 before it answered\. It is tried once more\.$/),
    );
    expect(await world.roles.runtime.list(app)).toHaveLength(1);
    expect(await ports()).toBe(1);
    expect(await world.engine.converge(undefined, world.operation())).toEqual({ actions: [], problems: [] });
  });

  it('whose instance always crashes is refused after exactly two starts, with both transcripts', async () => {
    dies(99);
    await expect(deploy()).rejects.toMatchObject({
      code: 'E_CHECK_DEAD',
      details: expect.arrayContaining(['first try: container: not yet', 'container: not yet']),
    });
    expect(starts()).toBe(2);
    expect(await world.roles.runtime.list(app)).toEqual([]);
    expect(await ports()).toBe(0);
  });

  it('whose instance cannot be started at first is live', async () => {
    world.roles.runtime.faults.once('start', new Error('device or resource busy'));
    await deploy();
    expect(starts()).toBe(2);
    expect(world.told).toContainEqual('app says: device or resource busy. It is tried once more.');
  });

  it('whose instance ends between its check and the moment from which it comes back is tried once more', async () => {
    const { runtime } = world.roles;
    runtime.faults.once('keep', (instance) => runtime.crash(instance, 137));
    await deploy();
    expect(starts()).toBe(2);
    expect(await world.engine.status(app)).toMatchObject({ state: 'up' });
  });

  it('gives each of several instances its own second try', async () => {
    await world.engine.setSettings(app, { CONTAINERS: '3' } as never);
    dies(2);
    await deploy();
    expect(starts()).toBe(5);
    expect(await world.roles.runtime.list(app)).toHaveLength(3);
  });

  it.each([
    { what: 'the image is gone', arm: () => errors.E_START_REFUSED({ name: 'a', words: 'No such image' }) },
    { what: 'its engine is away', arm: () => errors.E_UNAVAILABLE({ what: 'The engine', cause: 'x' }) },
  ])('is tried once where $what', async ({ arm }) => {
    world.roles.runtime.faults.on('start', arm());
    await expect(deploy()).rejects.toMatchObject({ code: arm().code });
    expect(starts()).toBe(1);
  });

  it('is tried once where it stays silent for its whole time', async () => {
    await world.engine.setSettings(app, { OCTO_CHECK_TIMEOUT: '1' } as never);
    world.roles.runtime.behave({ kind: 'silent' });
    await expect(deploy()).rejects.toMatchObject({ code: 'E_CHECK_SILENT' });
    expect(starts()).toBe(1);
  });

  it('that was interrupted in its first try makes no second one', async () => {
    const stop = new AbortController();
    world.roles.runtime.faults.after('start', () => stop.abort());
    dies(99);
    const deployed = world.engine.deploy([push(app)], world.operation({ signal: stop.signal }));
    await expect(deployed).rejects.toMatchObject({ code: 'E_ABORTED' });
    expect(starts()).toBe(1);
  });

  it('of a data-only site is complete at once with 0, and has a second try otherwise', async () => {
    const files = { Dockerfile: 'FROM scratch\n' };
    world.roles.runtime.behave({ kind: 'exits', code: 0 });
    await deploy(files);
    expect(starts()).toBe(1);
    dies(1, 4);
    await deploy({ ...files, a: '2' });
    expect(starts()).toBe(3);
  });

  it('that lost its lease in the first try ends nothing and starts nothing', async () => {
    dies(99);
    world.roles.runtime.faults.after('start', () =>
      world.roles.store.transact([
        { kind: 'set', key: 'octohost-state/leases/site/app', value: '{"number":99,"holder":null}' },
      ]),
    );
    await expect(deploy()).rejects.toThrow();
    expect(starts()).toBe(1);
    expect(await world.roles.runtime.list(app)).toHaveLength(1);
    await world.engine.converge([app], world.operation());
    expect(await world.roles.runtime.list(app)).toEqual([]);
  });
});
