import { describe, expect, it } from 'vitest';
import type { Domain, Route, SiteName } from '../../../core/index.ts';
import { inTable, openIn } from '../../../plugins/nginx-router/connections.ts';
import { liveRoutesIn, tableOf } from '../../../plugins/nginx-router/live-routes.ts';
import { type ConfOptions, composeConf, nothingLeftOut } from '../../../plugins/nginx-router/nginx-conf.ts';
import { blocksNamed, parseConf } from './parse-conf.ts';
import { defaults, layout, sources } from './sample.ts';

const options: ConfOptions = {
  layout,
  defaults,
  http: { address: '127.0.0.1', port: 80 },
  httpsPort: 443,
  ipv6: true,
  workerShutdownSeconds: 60,
  asRoot: false,
  sticky: true,
  routeChange: 'auto',
};
const modules = ['/modules/ndk.so', '/modules/lua.so'];

function route(site: string, ...ports: number[]): Route {
  return {
    site: site as SiteName,
    domains: [`${site}.test` as Domain],
    upstreams: ports.map((port) => ({ address: '127.0.0.1', port })),
  };
}

const compose = (routes: Route[], change: Partial<ConfOptions> = {}, features = { balancer: modules }) =>
  composeConf(sources({ routes, features }), nothingLeftOut, { ...options, ...change });

describe('live routes', () => {
  it('are a line for each domain, and one for each site that has instances, in any order the same', () => {
    const routes = [route('b', 2, 1), route('idle'), { ...route('a', 3), sticky: false }];
    const lines = [
      'host a.test octohost_a',
      'host b.test octohost_b',
      'host idle.test empty',
      'octohost_a any 127.0.0.1:3',
      'octohost_b sticky 127.0.0.1:1 127.0.0.1:2',
      '',
    ];
    expect(compose(routes).table?.text).toBe(lines.join('\n'));
    expect(compose(routes.toReversed()).table?.text).toBe(lines.join('\n'));
    expect(tableOf([], []).key).toMatch(/^[0-9a-f]{16}$/);
  });

  it('are another generation of the same structure when instances, domains and sites change', () => {
    const of = (...routes: Route[]) => liveRoutesIn(compose(routes).text);
    const one = of(route('a', 1));
    expect(one?.generation).toBe(compose([route('a', 1)]).generation);
    const others = [
      of(route('a', 2, 3)),
      of(route('a', 1), route('b', 1)),
      of(route('a')),
      of({ ...route('a', 1), domains: ['*.b.test' as Domain] }),
      of({ ...route('a', 1), maintenance: true }),
      of(),
    ];
    expect(others.map((other) => other?.structure === one?.structure)).toEqual(others.map(() => true));
    expect(new Set([one, ...others].map((each) => each?.generation)).size).toBe(others.length + 1);
  });

  it('are of another structure where a site has a file of its own: its domains stand in the map', () => {
    const own = { ...route('own', 1), domains: ['*.own.test' as Domain], maxBodyBytes: 1000 };
    const below = { ...route('below', 2), domains: ['app.own.test' as Domain] };
    const { text, table } = compose([own, below, route('a', 3)]);
    expect(text).toMatch(/^ {4}\*\.own\.test octohost_own;$/m);
    expect(table?.text).toContain('host a.test ');
    expect(table?.text).not.toContain('own.test ');
    expect(liveRoutesIn(text)?.structure).not.toBe(liveRoutesIn(compose([route('a', 3)]).text)?.structure);
  });

  it('leave neither an address nor a domain nor an upstream of a plain site in the configuration', () => {
    const { text } = compose([route('a', 20_001), route('b', 20_002, 20_003)]);
    expect(text).not.toMatch(/2000[123]|[ab]\.test/);
    const http = blocksNamed(parseConf(text), 'http')[0]?.block ?? [];
    expect(blocksNamed(http, 'upstream').map(({ words }) => words[1])).toEqual(['octohost']);
  });

  it('are not there without the modules, or where the operator wants reloads', () => {
    for (const { table, text } of [
      compose([route('a', 1)], {}, {} as never),
      compose([route('a', 1)], { routeChange: 'reload' }),
    ]) {
      expect(table).toBeUndefined();
      expect(liveRoutesIn(text)).toBeUndefined();
      expect(text).not.toMatch(/lua|load_module/);
    }
  });
});

describe('the table of connections', () => {
  const line = (local: string, remote: string, state: string) =>
    `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 1234 1`;

  it('has those on which something may still be on its way', () => {
    const text = [
      '  sl  local_address rem_address   st',
      ...['01', '02', '04', '06', '08', '0A'].map((state) => line('A:1', `B:${state}`, state)),
      '',
    ];
    expect(openIn(text.join('\n')).map(({ remote }) => remote)).toEqual(['B:01', 'B:02', 'B:08']);
  });

  it.each([
    { address: '127.0.0.1', port: 20_001, text: '0100007F:4E21' },
    { address: '10.0.0.7', port: 80, text: '0700000A:0050' },
    { address: '::1', port: 20_001, text: '00000000000000000000000001000000:4E21' },
    { address: '2001:db8::7', port: 80, text: 'B80D0120000000000000000007000000:0050' },
  ])('writes $address so', ({ address, port, text }) => expect(inTable({ address, port })).toBe(text));
});
