/** Secret settings in the engine: sealed in the store, meant in the instance, hidden in whatever is told. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failureLines } from '../../cli/render/failure.ts';
import { resolveConfig } from '../../core/config.ts';
import { isOctohostError } from '../../core/errors.ts';
import { parseSiteName, type SettingKey } from '../../core/grammar.ts';
import { copyBetween } from '../../core/open.ts';
import { selfSigned } from '../helpers/certificates.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';
import { memoryPlugins } from '../testing/memory-plugins.ts';

const app = parseSiteName('app');
const TOKEN = 'TOKEN' as SettingKey;
const first = 'hunter2-hunter2';
const second = 'correct horse\nbattery "staple"';
let world: TestEngine;
let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'octo-secrets-'));
  world = testEngine({ dataDir });
});
afterEach(async () => {
  await world.dispose();
  await rm(dataDir, { recursive: true, force: true });
});

const deploy = (content = '1') => world.engine.deploy([push(app, { content })], world.operation());
const store = (value: string, key = TOKEN) =>
  world.engine.setSettings(app, { [key]: value }, { secrets: [key] });
const change = (value: string) =>
  world.engine.change(
    app,
    { reason: 'configuration', settings: { TOKEN: value }, secrets: ['TOKEN'] },
    world.operation(),
  );
const stored = () => JSON.stringify(world.roles.store.dump());
const rotate = () => world.engine.rotateSecrets(world.operation());
const environments = () =>
  world.roles.runtime.calls.flatMap(({ method, arguments: given }) =>
    method === 'start'
      ? [(given[0] as { spec: { environment: Record<string, string> } }).spec.environment]
      : [],
  );

describe('a secret', () => {
  it('is in no value of the store, nor is anything that it could be tried against', async () => {
    await store('1234');
    await deploy();
    const before = stored();
    await change(first);
    await world.engine.change(app, { reason: 'reload', reload: true }, world.operation());
    for (const value of ['"1234"', first]) expect(stored()).not.toContain(value);
    expect(environments().map(({ TOKEN: value }) => value)).toEqual(['1234', first, first]);
    const other = testEngine();
    await other.engine.setSettings(app, { TOKEN: '1234' } as never);
    await other.engine.deploy([push(app, { content: '1' })], other.operation());
    const plain = await other.engine.current(app);
    for (const digest of [plain?.spec, plain?.environment, plain?.settings])
      expect(before).not.toContain(digest);
    await other.dispose();
  });

  it('stays one when it is set again without a word of it, until it is removed', async () => {
    await store(first);
    await world.engine.setSettings(app, { TOKEN: 'another-value' } as never);
    expect(await world.engine.shownSettings(app)).toEqual({ settings: {}, secrets: ['TOKEN'] });
    expect(stored()).not.toContain('another-value');
    await world.engine.setSettings(app, { TOKEN: null } as never);
    await world.engine.setSettings(app, { TOKEN: 'plain' } as never);
    expect(await world.engine.shownSettings(app)).toEqual({ settings: { TOKEN: 'plain' }, secrets: [] });
  });

  it('takes no new instance where nothing of it changed, and one where it did', async () => {
    await store(first);
    await deploy();
    await change(first);
    expect(environments()).toHaveLength(1);
    expect((await world.engine.status(app)).changed).toBe(false);
    await store(second);
    expect((await world.engine.status(app)).changed).toBe(true);
    await world.engine.change(app, { reason: 'reload' }, world.operation());
    expect(environments().at(-1)).toMatchObject({ TOKEN: second });
  });

  it('cannot be what octohost shows', async () => {
    for (const key of ['CONTAINERS', 'CUSTOM_CHECK', 'CONSUL_TAGS', 'DOMAINS'] as SettingKey[])
      await expect(store('1', key)).rejects.toMatchObject({ code: 'E_SETTING_PLAIN' });
    expect(await world.engine.settings(app)).toEqual({});
  });

  it('a value that only looks sealed comes out as it went in', async () => {
    const text = 'octohost-secret:1:00000000:AAAA';
    await world.engine.setSettings(app, { TOKEN: text } as never);
    await deploy();
    expect(environments()).toMatchObject([{ TOKEN: text }]);
  });
});

describe('a release', () => {
  it('is gone back to with the secret that it had, after a change and two rotations', async () => {
    await store(first);
    await deploy('1');
    await change(second);
    await rotate();
    await rotate();
    await deploy('2');
    await world.engine.rollback(app, 1, world.operation());
    expect(environments().at(-1)).toMatchObject({ TOKEN: first });
    expect(await world.engine.shownSettings(app)).toMatchObject({ secrets: ['TOKEN'] });
    expect(await world.engine.settings(app)).toMatchObject({ TOKEN: first });
    expect(stored()).not.toContain(first);
  });

  it('brings back as secret what was removed since', async () => {
    await store(first);
    await deploy();
    await world.engine.change(app, { reason: 'configuration', settings: { TOKEN: null } }, world.operation());
    expect((await world.engine.settings(app))[TOKEN]).toBeUndefined();
    await world.engine.rollback(app, 1, world.operation());
    expect(await world.engine.shownSettings(app)).toMatchObject({ secrets: ['TOKEN'] });
    expect(environments().at(-1)).toMatchObject({ TOKEN: first });
  });

  it('serves the certificate whose key is secret, after a rotation too', async () => {
    const { certificate, key } = selfSigned('app.example.com');
    await world.engine.setSettings(app, { SSL_CERTIFICATE: certificate } as never);
    await store(key, 'SSL_KEY' as SettingKey);
    await deploy();
    const line = key.split('\n')[1] as string;
    const routed = () =>
      world.roles.router.calls.filter(({ method }) => method === 'prepare').at(-1)?.arguments;
    expect(JSON.stringify(routed())).toContain(line);
    expect(stored()).not.toContain(line);
    await rotate();
    await deploy('2');
    expect(JSON.stringify(routed())).toContain(line);
  });
});

describe('a rotation', () => {
  it('seals everything anew, once, and leaves nothing of the former key after the next one', async () => {
    await store(first);
    await deploy();
    const { key, sealed, left } = await rotate();
    // The setting, the environment of the release and its settings.
    expect({ sealed, left }).toEqual({ sealed: 3, left: [] });
    expect([...stored().matchAll(/octohost-secret:1:(\w+)/g)].map(([, id]) => id)).toEqual([key, key, key]);
  });

  it('is known to a process that read the keys before it', async () => {
    const another = world.another();
    await store(first);
    expect(await another.engine.settings(app)).toEqual({ TOKEN: first });
    await rotate();
    expect(await another.engine.settings(app)).toEqual({ TOKEN: first });
    await another.engine.setSettings(app, { TOKEN: second } as never);
    expect(await world.engine.settings(app)).toEqual({ TOKEN: second });
  });

  it('is refused while a deploy runs, which has sealed what it writes at its end', async () => {
    await store(first);
    const tries: PromiseSettledResult<unknown>[] = [];
    world.roles.runtime.faults.on('start', async () => {
      for (let time = 0; time < 2; time++) tries.push(...(await Promise.allSettled([rotate()])));
    });
    await deploy();
    await change(second);
    await world.engine.rollback(app, 1, world.operation());
    expect(environments().map(({ TOKEN: value }) => value)).toEqual([first, second, first]);
    expect(tries).toEqual(
      tries.map(() => ({
        status: 'rejected',
        reason: expect.objectContaining({ code: 'E_SECRETS_IN_USE' }),
      })),
    );
    expect(tries.length).toBeGreaterThan(0);
    await rotate();
  });

  it('is not kept waiting by instances that end', async () => {
    await store(first);
    await deploy();
    await change(second);
    const rotated: unknown[] = [];
    world.roles.router.faults.on('apply', async () => void rotated.push(await rotate()));
    await world.engine.finishRetiring([app], world.operation());
    expect(rotated).toMatchObject([{ left: [] }]);
  });

  it('seals one that is called problem like any other', async () => {
    await store(first, 'problem' as SettingKey);
    await deploy();
    expect(await rotate()).toMatchObject({ sealed: 3, left: [] });
    await rotate();
    await world.engine.change(app, { reason: 'reload', reload: true }, world.operation());
    expect(environments().map(({ problem }) => problem)).toEqual([first, first]);
  });

  it('loses nothing of many settings of which a kill has left a journal', async () => {
    await store(first);
    const { store: keys } = world.roles;
    const sealed = keys.dump()['octohost/app/TOKEN'];
    await keys.transact([
      { kind: 'delete', key: 'octohost/app/TOKEN' },
      { kind: 'set', key: 'octohost-state/settings/app', value: JSON.stringify({ TOKEN: sealed }) },
    ]);
    await rotate();
    await rotate();
    expect(await world.engine.settings(app)).toEqual({ TOKEN: first });
  });

  it('names what it cannot open, and leaves it as it is', async () => {
    await store(first);
    const before = world.roles.store.dump();
    await rm(join(dataDir, 'secrets.key'));
    const { left } = await rotate();
    expect(left).toEqual(['octohost/app/TOKEN']);
    expect(world.roles.store.dump()).toMatchObject(before);
  });
});

describe('without the key', () => {
  beforeEach(async () => {
    await store(first);
    await deploy();
    await rm(join(dataDir, 'secrets.key'));
    world = world.another();
  });

  it('nothing is guessed, and the error says what to do', async () => {
    await expect(world.engine.settings(app)).rejects.toMatchObject({ code: 'E_SECRET_KEY', site: 'app' });
    await expect(deploy('2')).rejects.toMatchObject({ code: 'E_SECRET_KEY' });
    expect((await world.engine.current(app))?.number).toBe(1);
  });

  it('what can be shown is shown, and the site can be stopped, repaired and removed', async () => {
    expect(await world.engine.status(app)).toMatchObject({ state: 'up', changed: true });
    expect(await world.engine.shownSettings(app)).toMatchObject({ secrets: ['TOKEN'] });
    await store(second);
    await deploy('2');
    expect(environments().at(-1)).toMatchObject({ TOKEN: second });
    await world.engine.stop(app, world.operation());
    await world.engine.remove(app, { volumes: false }, world.operation());
  });

  it('a value moved to another name or site is refused', async () => {
    await store(second);
    const sealed = world.roles.store.dump()['octohost/app/TOKEN'] as string;
    for (const key of ['octohost/app/OTHER', 'octohost/shop/TOKEN'])
      await world.roles.store.transact([{ kind: 'set', key, value: sealed }]);
    for (const site of [app, parseSiteName('shop')])
      await expect(world.engine.settings(site)).rejects.toMatchObject({ code: 'E_SECRET_CHANGED' });
  });
});

describe('what is told', () => {
  const lines = [`my token is ${first}`, 'and battery "staple" too', `as JSON: ${JSON.stringify(second)}`];

  it('of a failing version hides the secret, in the report, the error and its lines', async () => {
    await store(first, 'HARMLESS' as SettingKey);
    await store(second);
    world.roles.runtime.behave({ kind: 'exits', code: 3, stdout: lines });
    const error = await deploy().catch((thrown: unknown) => thrown);
    if (!isOctohostError(error)) throw new Error('no such error');
    const told = [...world.told, ...failureLines(error), JSON.stringify(error.details)].join('\n');
    expect(told).toContain('my token is [hidden]');
    for (const value of [first, 'battery "staple"', 'correct horse']) expect(told).not.toContain(value);
    const failed = world.recorder.events.find(({ hook }) => hook === 'failed');
    expect(JSON.stringify(failed)).not.toContain(first);
  });

  it('by a build, a tap or a warning hides the secret', async () => {
    await store(first);
    const talking = testEngine({
      dataDir,
      more: [
        {
          name: 'talker',
          setup(api) {
            api.hooks.received.tap('tell', (_facts, context) => {
              context.output(`got ${first}`);
              throw new Error(`no ${first}`);
            });
          },
        },
      ],
    });
    await talking.engine.setSettings(app, { TOKEN: first } as never, { secrets: [TOKEN] });
    const error = await talking.engine.deploy([push(app)], talking.operation()).catch((one: unknown) => one);
    const told = [...talking.told, ...failureLines(error)].join('\n');
    expect(told).toContain('[hidden]');
    expect(told).not.toContain(first);
    await talking.dispose();
  });

  it('in the log of an instance is hidden, by a process that never saw the secret before', async () => {
    await store(first);
    await deploy();
    const [instance] = await world.engine.instances(app);
    if (!instance) throw new Error('no instance');
    world.roles.runtime.print(instance, `here it is: ${first}!`);
    const other = world.another();
    const texts: string[] = [];
    for await (const { text } of other.engine.logs(instance, { tail: 5 }, AbortSignal.timeout(10_000)))
      texts.push(text);
    expect(texts).toEqual(['here it is: [hidden]!']);
  });

  it('of a convergence hides the secret', async () => {
    await store(first);
    await deploy();
    const [instance] = await world.engine.instances(app);
    if (!instance) throw new Error('no instance');
    await world.roles.runtime.vanish(instance);
    world.roles.runtime.behave({ kind: 'exits', code: 3, stdout: lines });
    const { problems } = await world.engine.converge([app], world.operation());
    const told = problems.flatMap(({ error }) => failureLines(error)).join('\n');
    expect(told).toContain('[hidden]');
    expect(told).not.toContain(first);
  });
});

it('a copy of the installation with data of its own opens all that the first one has sealed', async () => {
  await store(first);
  const folder = join(dataDir, 'other');
  const other = testEngine({ dataDir: folder });
  await other.engine.setSettings(app, { OTHER: second } as never, { secrets: ['OTHER'] });
  const options = (roles: TestEngine['roles'], at: string) => ({
    config: resolveConfig({ plugins: memoryPlugins(roles), dataDir: at }, '/nowhere/o.config.ts'),
    environment: {},
    process: { version: '0.0.0', pid: 1, host: 'here', cores: 1, isAlive: () => true },
  });
  await world.engine.installation();
  await copyBetween(options(world.roles, dataDir), options(other.roles, folder));
  expect(await other.engine.settings(app)).toEqual({ TOKEN: first, OTHER: second });
  await other.dispose();
});

it('an installation without secrets needs no key', async () => {
  const plain = testEngine();
  await plain.engine.setSettings(app, { A: '1' } as never);
  await plain.engine.deploy([push(app)], plain.operation());
  expect((await plain.engine.status(app)).changed).toBe(false);
  await plain.dispose();
});
