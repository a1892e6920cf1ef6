import { describe, expect, it } from 'vitest';
import type { Domain, Route, SiteName } from '../../../core/index.ts';
import { readInForce } from '../../../plugins/nginx-router/in-force.ts';
import { nginxLayout } from '../../../plugins/nginx-router/layout.ts';
import {
  type ConfOptions,
  composeConf,
  nothingLeftOut,
  type OwnFile,
  type Sources,
} from '../../../plugins/nginx-router/nginx-conf.ts';
import { blocksNamed, type Directive, parseConf, valuesOf } from './parse-conf.ts';
import { defaults, sources } from './sample.ts';

const options: ConfOptions = {
  layout: nginxLayout('/var/lib/octohost/nginx'),
  http: { address: '0.0.0.0', port: 80 },
  httpsPort: 443,
  ipv6: true,
  workerShutdownSeconds: 60,
  asRoot: false,
  defaults,
  sticky: true,
  routeChange: 'auto',
};
const renderConf = (routes: Route[], given = options, own: OwnFile[] = []) =>
  composeConf(sources({ routes, own }), nothingLeftOut, given);

function route(site: string, domains: string[], ...upstreams: [address: string, port: number][]): Route {
  return {
    site: site as SiteName,
    domains: domains as Domain[],
    upstreams: upstreams.map(([address, port]) => ({ address, port })),
  };
}

function render(routes: Route[], changes: Partial<ConfOptions> = {}) {
  const { text, generation } = renderConf(routes, { ...options, ...changes });
  const main = parseConf(text);
  const http = blocksNamed(main, 'http')[0]?.block ?? [];
  const sites = blocksNamed(http, 'map').find(({ words }) => words[2] === '$octohost_upstream')?.block ?? [];
  return {
    text,
    generation,
    main,
    http,
    targets: Object.fromEntries(sites.map(({ words }) => [words[0], words[1]])),
  };
}

describe('the map of sites', () => {
  it('leads a site with one instance straight to it', () => {
    const { targets, http } = render([route('app', ['www.app.test', 'app.test'], ['127.0.0.1', 20_001])]);
    expect(targets).toMatchObject({ 'app.test': '127.0.0.1:20001', 'www.app.test': '127.0.0.1:20001' });
    expect(blocksNamed(http, 'upstream')).toEqual([]);
  });

  it('leads a site with several instances to a pool that keeps clients where they were', () => {
    const { targets, http } = render([
      route('app', ['app.test'], ['127.0.0.1', 20_002], ['::1', 20_001], ['127.0.0.1', 20_002]),
    ]);
    expect(targets['app.test']).toBe('octohost_app');
    const [pool] = blocksNamed(http, 'upstream');
    expect(pool?.words).toEqual(['upstream', 'octohost_app']);
    expect(pool?.block.map(({ words }) => words)).toEqual([
      ['ip_hash'],
      ['server', '127.0.0.1:20002'],
      ['server', '[::1]:20001'],
    ]);
  });

  it('knows a site without an instance, and leaves out one without a domain', () => {
    const { targets, http } = render([
      route('idle', ['idle.test']),
      route('worker', [], ['127.0.0.1', 20_001], ['127.0.0.1', 20_002]),
    ]);
    expect(targets).toEqual({ hostnames: undefined, default: 'unknown', 'idle.test': 'empty' });
    expect(blocksNamed(http, 'upstream')).toEqual([]);
  });

  it('lets clients of a site go to any instance where it wants that, or the installation does', () => {
    const app = route('app', ['app.test'], ['127.0.0.1', 1], ['127.0.0.1', 2]);
    const first = (given: Route, sticky: boolean) =>
      blocksNamed(render([given], { sticky }).http, 'upstream')[0]?.block[0]?.words[0];
    expect([first({ ...app, sticky: false }, true), first(app, false)]).toEqual(['server', 'server']);
    expect([first({ ...app, sticky: true }, false), first(app, true)]).toEqual(['ip_hash', 'ip_hash']);
  });

  it('refuses a domain of two sites, and names both', () => {
    const both = [route('a', ['x.test'], ['127.0.0.1', 1]), route('b', ['x.test'], ['127.0.0.1', 2])];
    expect(() => renderConf(both, options)).toThrow(expect.objectContaining({ code: 'E_NGINX_DOMAIN' }));
    expect(() => renderConf(both, options)).toThrow(/x\.test is in the routes of a and b/);
  });

  it('renders 5,000 sites with room for all in the hash', () => {
    const routes = Array.from({ length: 5000 }, (_, index) =>
      route(`site${index}`, [`site${index}.test`, `www.site${index}.test`], ['127.0.0.1', 20_000 + index]),
    );
    const { targets, http } = render(routes);
    expect(Object.keys(targets)).toHaveLength(10_002);
    expect(targets['www.site4999.test']).toBe('127.0.0.1:24999');
    expect(Number(valuesOf(http, 'map_hash_max_size')[0])).toBeGreaterThanOrEqual(20_000);
  });
});

describe('the generation', () => {
  const routes = [route('a', ['a.test'], ['127.0.0.1', 1], ['127.0.0.1', 2]), route('b', ['b.test'])];
  const base = renderConf(routes, options).generation;

  it('is 16 hexadecimal digits that the configuration answers with', () => {
    const { text, generation } = renderConf(routes, options);
    expect(generation).toMatch(/^[0-9a-f]{16}$/);
    expect(text.split(generation)).toHaveLength(2);
  });

  it('does not depend on any order', () => {
    const turned = routes.map((each) => ({ ...each, upstreams: each.upstreams.toReversed() })).toReversed();
    expect(renderConf(turned, options).generation).toBe(base);
  });

  it.each([
    { change: 'another domain', routes: [...routes, route('c', ['c.test'])], options },
    {
      change: 'another limit',
      routes,
      options: { ...options, defaults: { ...defaults, maxBodySize: '2g' } },
    },
  ])('is another one for $change', ({ routes: changed, options: given }) => {
    expect(renderConf(changed, given).generation).not.toBe(base);
  });

  it("is another one for each content of the operator's files", () => {
    const path = `${options.layout.operatorDir}/own.conf`;
    const generations = ['0a', '0b'].map((key) => renderConf(routes, options, [{ path, key }]).generation);
    expect(new Set([base, ...generations]).size).toBe(3);
  });
});

describe('the rest of the configuration', () => {
  it('keeps all of nginx below the prefix', () => {
    const { main, http } = render([]);
    const paths = [...main, ...http].filter(({ words }) =>
      /^(pid|error_log|include|.*_temp_path)$/.test(words[0] ?? ''),
    );
    expect(paths).toHaveLength(7);
    expect(paths.filter(({ words }) => !words[1]?.startsWith('/var/lib/octohost/nginx/'))).toEqual([]);
  });

  it('has one server for all sites and one on the status socket', () => {
    const { http } = render([route('a', ['a.test']), route('b', ['b.test'])]);
    const listens = blocksNamed(http, 'server').map(({ block }) => valuesOf(block, 'listen'));
    expect(listens).toEqual([['unix:/var/lib/octohost/nginx/status.sock'], ['0.0.0.0:80', 'default_server']]);
  });

  it.each([
    { address: '::', ipv6: true, listen: ['0.0.0.0:80', '[::]:80'] },
    { address: '::', ipv6: false, listen: ['0.0.0.0:80'] },
    { address: '::1', ipv6: true, listen: ['[::1]:80'] },
    { address: '10.0.0.7', ipv6: true, listen: ['10.0.0.7:80'] },
  ])('listens on $address, with IPv6: $ipv6', ({ address, ipv6, listen }) => {
    const { http } = render([], { http: { address, port: 80 }, ipv6 });
    const listens = blocksNamed(blocksNamed(http, 'server')[1]?.block ?? [], 'listen');
    expect(listens.map(({ words }) => words.slice(1))).toEqual(
      listen.map((each) => [each, 'default_server']),
    );
  });

  it('names a user for the workers only where the master is root', () => {
    expect(valuesOf(render([]).main, 'user')).toEqual([]);
    expect(valuesOf(render([], { asRoot: true }).main, 'user')).toEqual(['root']);
  });

  it('passes nothing on that a client says of itself', () => {
    const { http } = render([]);
    const locations = blocksNamed(blocksNamed(http, 'server')[1]?.block ?? [], 'location');
    const location = locations.find(({ words }) => words[1] === '/')?.block ?? [];
    const headers = location
      .filter(({ words }) => words[0] === 'proxy_set_header')
      .map(({ words }) => words.slice(1));
    expect(Object.fromEntries(headers)).toEqual({
      Host: '$host$octohost_port',
      'X-Real-IP': '$remote_addr',
      'X-Forwarded-For': '$remote_addr',
      'X-Forwarded-Proto': '$scheme',
      'X-Forwarded-Host': '$host$octohost_port',
      'X-Forwarded-Port': '$server_port',
      'X-Request-Id': '$octohost_request_id',
      Forwarded: '""',
      Proxy: '""',
      Upgrade: '$octohost_upgrade',
      Connection: '$octohost_connection',
    });
  });

  it.each([
    { what: 'a prefix with a blank', change: { layout: nginxLayout('/srv/my files') } },
    { what: 'a prefix that include would expand', change: { layout: nginxLayout('/srv/a*') } },
    { what: 'a listening address that is a name', change: { http: { address: 'localhost', port: 80 } } },
    {
      what: 'a size with a directive in it',
      change: { defaults: { ...defaults, maxBodySize: '1g; include /etc/passwd' } },
    },
  ])('refuses $what', ({ change }) => {
    expect(() => render([], change)).toThrow(expect.objectContaining({ code: 'E_NGINX_VALUE' }));
  });
});

describe('https', () => {
  const own = { certificate: 'CERTIFICATE', key: 'KEY' };
  const app = route('app', ['app.test', 'www.app.test'], ['127.0.0.1', 20_001]);
  const composed = (given: Partial<Sources>, changes: Partial<ConfOptions> = {}) => {
    const found = composeConf(sources(given), nothingLeftOut, { ...options, ...changes });
    const http = blocksNamed(parseConf(found.text), 'http')[0]?.block ?? [];
    const site = [...found.files].find(([name]) => name.startsWith('app.') && name.endsWith('.conf'));
    return { ...found, http, servers: blocksNamed(http, 'server'), site: parseConf(site?.[1] ?? '') };
  };
  const listensOf = (block: readonly Directive[]) =>
    blocksNamed(block, 'listen').map(({ words }) => words.slice(1).join(' '));

  it('is not there without any certificate', () => {
    const { text, servers } = composed({ routes: [app] });
    expect(text).not.toContain('ssl');
    expect(servers).toHaveLength(2);
  });

  it("with a site's certificate is that site's alone; the default server refuses the handshake", () => {
    const { http, servers, site, files } = composed({ routes: [{ ...app, tls: own }] });
    expect(valuesOf(http, 'ssl_protocols')).toEqual(['TLSv1.2', 'TLSv1.3']);
    expect(valuesOf(http, 'http2')).toEqual(['on']);
    expect(servers.map(({ block }) => listensOf(block)).slice(1)).toEqual([
      ['0.0.0.0:80 default_server'],
      ['0.0.0.0:443 ssl default_server'],
    ]);
    expect(valuesOf(servers[2]?.block ?? [], 'ssl_reject_handshake')).toEqual(['on']);
    const block = site[0]?.block ?? [];
    expect(listensOf(block)).toEqual(['0.0.0.0:80', '0.0.0.0:443 ssl']);
    expect(valuesOf(block, 'server_name')).toEqual(['app.test', 'www.app.test']);
    const [pem = ''] = valuesOf(block, 'ssl_certificate');
    expect(valuesOf(block, 'ssl_certificate_key')).toEqual([pem]);
    expect(files.get(pem.slice(`${options.layout.sitesDir}/`.length))).toBe('CERTIFICATE\nKEY\n');
  });

  it('with a default certificate is for all', () => {
    const { http, servers, files, certificate } = composed({ routes: [app], pem: 'PEM' });
    expect(servers.map(({ block }) => listensOf(block)).slice(1)).toEqual([
      ['0.0.0.0:80 default_server', '0.0.0.0:443 ssl default_server'],
    ]);
    expect(valuesOf(http, 'ssl_certificate')).toEqual([`${options.layout.sitesDir}/${certificate}.pem`]);
    expect(files.get(`${certificate}.pem`)).toBe('PEM');
  });

  it('asks for HTTP/2 as old versions of nginx want it', () => {
    const { http, servers } = composed({ routes: [app], pem: 'PEM', features: { http2: 'parameter' } });
    expect(blocksNamed(http, 'http2')).toEqual([]);
    expect(listensOf(servers[1]?.block ?? [])).toContain('0.0.0.0:443 ssl http2 default_server');
  });

  it('that is forced leaves plain HTTP a redirect alone', () => {
    const { site } = composed({ routes: [{ ...app, tls: own, httpsOnly: true }] }, { httpsPort: 8443 });
    expect(site.map(({ block }) => listensOf(block))).toEqual([['0.0.0.0:80'], ['0.0.0.0:8443 ssl']]);
    expect(valuesOf(site[0]?.block ?? [], 'return')).toEqual(['301', 'https://$host:8443$request_uri']);
  });

  it('is another generation with another key, whose text is nowhere', () => {
    const [one, two] = [own, { ...own, key: 'OTHER' }].map((tls) => composed({ routes: [{ ...app, tls }] }));
    expect(one?.generation).not.toBe(two?.generation);
    expect([one?.text, ...(one?.files.keys() ?? [])].join()).not.toContain('KEY');
  });
});

describe('a site below the wildcard of another', () => {
  const wide = route('wide', ['*.x.test'], ['127.0.0.1', 20_001]);
  const narrow = route('narrow', ['a.x.test'], ['127.0.0.1', 20_002]);
  const filesOf = (routes: Route[]) => [...renderConf(routes).sites.chosen.keys()];

  it('has a file of its own where that one has, so that it gets none of its limits', () => {
    expect(filesOf([{ ...wide, maxBodyBytes: 1 }, narrow, route('other', ['x.test'])])).toEqual([
      'narrow',
      'wide',
    ]);
    expect(filesOf([wide, narrow])).toEqual([]);
  });
});

describe('a site whose file cannot be had', () => {
  const asking = { ...route('app', ['app.test'], ['127.0.0.1', 20_001]), template: 'gone' };
  const templates = new Map([['gone', { problem: 'it is gone' }]]);
  const chosenAfter = (before: string, table = '') => {
    const inForce = readInForce(before, table, options.layout);
    const { sites, text } = composeConf(
      sources({ routes: [asking], templates, inForce }),
      nothingLeftOut,
      options,
    );
    return { file: sites.chosen.get(asking.site), refused: sites.refused.has(asking.site), text };
  };

  it('keeps the one in force', () => {
    const name = 'app.0123456789abcdef';
    const { file, refused } = chosenAfter(`  include ${options.layout.sitesDir}/${name}.conf;\n`);
    expect([file, refused]).toEqual([name, false]);
  });

  it('stays plain where it was', () => {
    const { file, refused, text } = chosenAfter(renderConf([{ ...route('app', ['app.test']) }]).text);
    expect([file, refused]).toEqual([undefined, false]);
    expect(text).toContain('app.test 127.0.0.1:20001;');
  });

  it.each([
    { table: 'host app.test octohost_app\n', refused: false },
    { table: 'host app.test empty\n', refused: false },
    { table: 'host www.app.test octohost_other\n', refused: true },
  ])('does so where the table of live routes has it: $table', ({ table, refused }) => {
    expect(chosenAfter('', table).refused).toBe(refused);
  });

  it('answers 503 where it was nothing, and goes on to', () => {
    const first = chosenAfter('');
    expect([first.file, first.refused]).toEqual([undefined, true]);
    expect(first.text).toContain('app.test refused;');
    expect(chosenAfter(first.text).refused).toBe(true);
  });
});
