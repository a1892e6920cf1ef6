/** The most that a site may ask for. */
import { afterEach, describe, expect, it } from 'vitest';
import { type Config, resolveConfig } from '../../core/config.ts';
import { parseSiteName } from '../../core/grammar.ts';
import { aboveLimits } from '../../core/site-limits.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const limitsOf = (limits: Config['limits']) => resolveConfig({ plugins: [], limits }, '/x').limits;
const above = (settings: Record<string, string>, limits: Config['limits']) =>
  aboveLimits(settings as never, limitsOf(limits)).map(({ what }) => what);

describe('limits', () => {
  it.each([
    {
      settings: { CONTAINERS: '11' },
      limits: { instances: 10 },
      what: 'instances 11, where limits lets a site have 10',
    },
    {
      settings: { MEMORY_LIMIT: '2g' },
      limits: { memory: '1g' },
      what: 'memory 2147483648 bytes, where limits lets a site have 1073741824 bytes',
    },
    {
      settings: { OCTO_PROCESSES: '2000' },
      limits: { processes: 1000 },
      what: 'processes 2000, where limits lets a site have 1000',
    },
    {
      settings: { OCTO_CPUS: '2.5' },
      limits: { cpus: '2' },
      what: 'cpus 2.5, where limits lets a site have 2',
    },
  ])('$limits refuse $settings', ({ settings, limits, what }) => {
    expect(above(settings as never, limits)).toEqual([what]);
  });

  it('let through what is not above them, and what nobody asks for', () => {
    const limits = { instances: 2, memory: '1g', processes: 100, cpus: 1 };
    expect(above({}, limits)).toEqual([]);
    const settings = { CONTAINERS: '2', MEMORY_LIMIT: '1024m', OCTO_PROCESSES: '100', OCTO_CPUS: '1' };
    expect(above(settings, limits)).toEqual([]);
    expect(above({ CONTAINERS: '100', MEMORY_LIMIT: '900g' }, {})).toEqual([]);
  });

  it.each([{ memory: 'much' }, { instances: 0 }, { cpus: -1 }, { port: 80 }])(
    'that say nothing are none: %j',
    (limits) => {
      expect(() => limitsOf(limits as never)).toThrow(expect.objectContaining({ code: 'E_CONFIG' }));
    },
  );
});

describe('a site that asks for more', () => {
  const app = parseSiteName('app');
  let world: TestEngine;
  afterEach(() => world?.dispose());

  it('is refused with the line that asks, before a build; so is a setting', async () => {
    world = testEngine({ limits: { instances: 2 } });
    const pushed = (siteFile: string) =>
      world.engine.deploy(
        [push(app, { Dockerfile: 'FROM scratch\nEXPOSE 80\n', '.octohost.yml': siteFile })],
        world.operation(),
      );
    await expect(pushed('memory: 64m\ninstances: 3\n')).rejects.toMatchObject({
      code: 'E_NOT_ALLOWED',
      details: ['.octohost.yml line 2: instances 3, where limits lets a site have 2'],
    });
    expect(world.roles.builder.calls.filter(({ method }) => method === 'build')).toEqual([]);
    await pushed('instances: 2\n');
    const settings = { CONTAINERS: '3' } as never;
    const scaled = world.engine.change(app, { reason: 'scale', settings }, world.operation());
    await expect(scaled).rejects.toMatchObject({ code: 'E_NOT_ALLOWED' });
  });
});

it('a site that says nothing of memory, processes and processors has what the limits let it have', () => {
  const limits = { instances: 10, memory: '1g', processes: 200, cpus: 2 };
  expect(resolveConfig({ plugins: [], limits }, '/x').defaults).toEqual({
    MEMORY_LIMIT: '1g',
    OCTO_PROCESSES: '200',
    OCTO_CPUS: '2',
  });
  const defaults = { memory: '512m' };
  expect(resolveConfig({ plugins: [], limits, defaults }, '/x').defaults).toMatchObject({
    MEMORY_LIMIT: '512m',
  });
});
