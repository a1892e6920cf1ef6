import { expect, it } from 'vitest';
import { layered } from '../../core/layers.ts';

const conf = { file: '.octohost.yml', values: '', lines: { A: 4, B: 5 }, domains: [] };
const options = { file: 'Dockerfile', noHttpProxy: 3, links: [], mounts: [], hostPorts: [] };

it.each([
  { what: 'a setting', settings: { A: 'set' }, said: { A: 'said' }, value: 'set', origin: 'setting A' },
  { what: 'the site file', settings: {}, said: { A: 'said' }, value: 'said', origin: '.octohost.yml line 4' },
  { what: 'what a plugin said', settings: {}, said: {}, value: 'default', origin: 'configuration defaults' },
])('of one name, $what holds over what is weaker', ({ settings, said, value, origin }) => {
  const all = layered({ settings, conf, said, options, defaults: { A: 'default' } });
  expect(all.settings).toMatchObject({ A: value });
  expect(all.originOf('A')).toBe(origin);
});

it.each([
  {
    settings: { NO_HTTP_PROXY: '0' },
    said: { NO_HTTP_PROXY: 'true' },
    value: '0',
    origin: 'setting NO_HTTP_PROXY',
  },
  { settings: {}, said: { NO_HTTP_PROXY: 'false' }, value: 'false', origin: 'modifySiteConf' },
  { settings: {}, said: {}, value: '1', origin: 'Dockerfile line 3' },
])(
  'a comment of the Dockerfile is weaker than the site file: $origin',
  ({ settings, said, value, origin }) => {
    const all = layered({ settings, conf, said, options, defaults: {} });
    expect(all.settings).toEqual({ NO_HTTP_PROXY: value });
    expect(all.originOf('NO_HTTP_PROXY')).toBe(origin);
  },
);

it('what nobody says has no origin, also where every object has something of that name', () => {
  const all = layered({ settings: {}, said: { toString: 'x' }, conf, defaults: {} });
  expect(all.originOf('constructor')).toBeUndefined();
  expect(all.originOf('toString')).toBe('modifySiteConf');
});
