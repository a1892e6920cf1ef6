/** The words embedded and consul of octo store:copy. */
import { describe, expect, it } from 'vitest';
import { atPlace, inPlaceOf, isAt, isStatePlace } from '../../cli/state-place.ts';
import { resolveConfig } from '../../core/config.ts';

const named = (...names: string[]) => names.map((name) => ({ name, setup() {} }));
const embedded = named('embedded-store', 'mine', 'embedded-registrar', 'nginx-router');
const configOf = (plugins: object[]) => resolveConfig({ plugins }, '/nowhere/octohost.config.ts');
const namesOf = ({ plugins }: { plugins: readonly { name: string }[] }) => plugins.map(({ name }) => name);

it('are two', () => {
  expect(['embedded', 'consul', 'Consul', '/etc/octohost/consul', 'toString'].filter(isStatePlace)).toEqual([
    'embedded',
    'consul',
  ]);
});

it.each([
  { names: ['embedded-store', 'embedded-registrar'], embedded: true, consul: false },
  { names: ['embedded-store', 'my-registrar'], embedded: false, consul: false },
  { names: ['consul', 'mine'], embedded: false, consul: true },
])('a configuration with $names is there or not', ({ names, embedded: isEmbedded, consul }) => {
  expect(isAt(named(...names), 'embedded')).toBe(isEmbedded);
  expect(isAt(named(...names), 'consul')).toBe(consul);
});

it('other plugins stay, in their order', () => {
  expect(inPlaceOf(embedded, named('consul')).map(({ name }) => name)).toEqual([
    'consul',
    'mine',
    'nginx-router',
  ]);
});

describe('the configuration at a place', () => {
  it('is itself where it is there, with all its options', async () => {
    const config = configOf(embedded);
    expect(await atPlace(config, 'embedded', {})).toBe(config);
  });

  it('has the plugins of the place otherwise', async () => {
    const there = await atPlace(configOf(embedded), 'consul', { address: 'http://10.0.0.1:8500' });
    expect(namesOf(there)).toEqual(['consul', 'mine', 'nginx-router']);
    expect(namesOf(await atPlace(there, 'embedded', {}))).toEqual([
      'embedded-store',
      'embedded-registrar',
      'mine',
      'nginx-router',
    ]);
    expect(await atPlace(there, 'consul', {})).toBe(there);
  });

  it('takes no address that is none', async () => {
    await expect(atPlace(configOf(embedded), 'consul', { address: 'nonsense' })).rejects.toMatchObject({
      code: 'E_CONSUL_OPTIONS',
    });
  });
});
