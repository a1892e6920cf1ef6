import { describe, expect, it } from 'vitest';
import { certificateKey } from '../../core/content-key.ts';
import { parseDomain, parseSiteName } from '../../core/grammar.ts';
import type { Pointer } from '../../core/records.ts';
import type { ByHandService, Certificate, Instance, InstanceService } from '../../core/release.ts';
import type { CatalogEntry } from '../../core/roles.ts';
import { type RoutesView, routesOf, withChanges } from '../../core/routes.ts';

const app = parseSiteName('app');
const pointer: Pointer = {
  site: app,
  release: 2,
  stopped: false,
  spec: 'new',
  domains: [parseDomain('app.example.com')],
};
const entry = (port: number, more: Partial<InstanceService & CatalogEntry> = {}): CatalogEntry => ({
  kind: 'instance',
  id: `app-127.0.0.1-${port}`,
  site: app,
  address: '127.0.0.1',
  port,
  tags: ['http'],
  instance: `container-${port}`,
  deploy: 'd1',
  spec: 'new',
  health: 'unknown',
  ...more,
});
const instance = (id: string): Instance => ({
  id,
  name: id,
  site: app,
  release: 1,
  deploy: 'd0',
  spec: 'new',
  bindings: [],
});
const given = (port: number, ...tags: string[]): ByHandService => ({
  kind: 'by-hand',
  id: `app-10.0.0.5-${port}`,
  site: app,
  address: '10.0.0.5',
  port,
  tags,
  actor: 'me',
  since: '',
});
const inCatalog = (service: ByHandService, health: CatalogEntry['health'] = 'unknown'): CatalogEntry => ({
  ...service,
  health,
});
const certificates = new Map<string, Certificate>();
const maintenance: ReadonlySet<typeof app> = new Set();
const rest = { byHand: [], maintenance, certificates };
const portsOf = (view: Omit<RoutesView, keyof typeof rest> & Partial<RoutesView>) =>
  routesOf({ ...rest, ...view }).map(({ upstreams }) => upstreams.map(({ port }) => port));

describe('routes', () => {
  it('leave out what the agent keeps out, unless nothing else is left', () => {
    const view = { pointers: [pointer], retirings: [], catalog: [entry(1), entry(2)] };
    const out = (...ports: number[]) => new Set(ports.map((port) => entry(port).id));
    expect(portsOf({ ...view, out: out(1) })).toEqual([[2]]);
    expect(portsOf({ ...view, out: out(1, 2) })).toEqual([[1, 2]]);
    expect(portsOf(withChanges({ ...rest, ...view, out: out(2) }, {}))).toEqual([[1]]);
    const catalog = [entry(1, { health: 'critical' }), entry(2)];
    expect(portsOf({ ...view, catalog, out: out(2) })).toEqual([[1, 2]]);
  });

  it('lead to the services of the current release only', () => {
    expect(
      routesOf({
        pointers: [pointer],
        retirings: [],
        catalog: [entry(1), entry(2, { spec: 'old' })],
        ...rest,
      }),
    ).toEqual([
      { site: 'app', domains: ['app.example.com'], upstreams: [{ address: '127.0.0.1', port: 1 }] },
    ]);
  });

  it('leave out what retires', () => {
    const retirings = [{ site: app, instances: [instance('container-1')] }];
    expect(portsOf({ pointers: [pointer], retirings, catalog: [entry(1), entry(2)] })).toEqual([[2]]);
  });

  it('leave out what is critical, but never everything', () => {
    const critical = { health: 'critical' as const };
    expect(portsOf({ pointers: [pointer], retirings: [], catalog: [entry(1, critical), entry(2)] })).toEqual([
      [2],
    ]);
    expect(
      portsOf({ pointers: [pointer], retirings: [], catalog: [entry(1, critical), entry(2, critical)] }),
    ).toEqual([[1, 2]]);
  });

  it('of a stopped site lead nowhere and keep its domains', () => {
    expect(
      routesOf({
        pointers: [{ ...pointer, stopped: true }],
        retirings: [],
        catalog: [entry(1)],
        ...rest,
      }),
    ).toEqual([{ site: 'app', domains: ['app.example.com'], upstreams: [] }]);
  });

  it('are tested with the pointers as they are going to be', () => {
    const view = {
      pointers: [pointer],
      retirings: [],
      catalog: [entry(1, { spec: 'old' }), entry(2)],
      ...rest,
    };
    const before = { ...view, pointers: [{ ...pointer, spec: 'old' }] };
    expect(portsOf(withChanges(before, { pointers: [pointer] }))).toEqual([[2]]);
  });

  it('carry what the site asks of the router, and its certificate by the key that the pointer names', () => {
    const own = { certificate: 'C', key: 'K' };
    const asking = { ...pointer, route: { httpsOnly: true, timeoutSeconds: 5, tls: certificateKey(own) } };
    const view = withChanges(
      { pointers: [pointer], retirings: [], catalog: [], ...rest },
      { pointers: [asking], certificates: [own] },
    );
    expect(routesOf(view)).toEqual([
      {
        site: 'app',
        domains: ['app.example.com'],
        upstreams: [],
        httpsOnly: true,
        timeoutSeconds: 5,
        tls: own,
      },
    ]);
  });

  it('of a site whose certificate is gone from the store go on without it', () => {
    const asking = { ...pointer, route: { tls: 'gone' } };
    const [route] = routesOf({ pointers: [asking], retirings: [], catalog: [], ...rest });
    expect(route).toEqual({ site: 'app', domains: ['app.example.com'], upstreams: [] });
  });
});

describe('a service that was given by hand', () => {
  const view = { pointers: [pointer], retirings: [] };
  const own = { site: app, services: [given(80, 'http')] };

  it('is routed beside the instances of whichever release is current', () => {
    const catalog = [entry(1), inCatalog(given(80, 'http'))];
    for (const spec of ['new', 'newer'])
      expect(portsOf({ ...view, pointers: [{ ...pointer, spec }], catalog, byHand: [own] })).toEqual([
        spec === 'new' ? [1, 80] : [80],
      ]);
  });

  it('is routed only where it is both on record and in the catalog', () => {
    expect(portsOf({ ...view, catalog: [entry(1)], byHand: [own] })).toEqual([[1]]);
    expect(portsOf({ ...view, catalog: [entry(1), inCatalog(given(80, 'http'))], byHand: [] })).toEqual([
      [1],
    ]);
  });

  it.each([
    { tags: ['http', 'x'], ports: [1, 80] },
    { tags: ['https'], ports: [1] },
    { tags: ['db'], ports: [1] },
  ])('with the tags $tags makes $ports', ({ tags, ports }) => {
    const one = given(80, ...tags);
    const byHand = [{ site: app, services: [one] }];
    expect(portsOf({ ...view, catalog: [entry(1), inCatalog(one)], byHand })).toEqual([ports]);
  });

  it('counts as healthy where all instances are critical', () => {
    const catalog = [entry(1, { health: 'critical' }), inCatalog(given(80, 'http'))];
    expect(portsOf({ ...view, catalog, byHand: [own] })).toEqual([[80]]);
  });

  it('answers for no stopped site', () => {
    const stopped = { ...view, pointers: [{ ...pointer, stopped: true }] };
    expect(portsOf({ ...stopped, catalog: [inCatalog(given(80, 'http'))], byHand: [own] })).toEqual([[]]);
  });

  it('is tested before it is on record', () => {
    const before = { ...view, catalog: [inCatalog(given(80, 'http'))], ...rest };
    expect(portsOf(withChanges(before, { byHand: [own] }))).toEqual([[80]]);
    expect(
      portsOf(withChanges({ ...before, byHand: [own] }, { byHand: [{ site: app, services: [] }] })),
    ).toEqual([[]]);
  });
});
