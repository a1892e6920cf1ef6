import { describe, expect, it } from 'vitest';
import { parseDomain, parseSiteName } from '../../core/grammar.ts';
import type { Pointer } from '../../core/records.ts';
import type { Certificate, Instance } from '../../core/release.ts';
import type { CatalogEntry } from '../../core/roles.ts';
import { type RoutesView, routesOf, withChanges } from '../../core/routes.ts';
import { certificateKey } from '../../core/state.ts';

const app = parseSiteName('app');
const pointer: Pointer = {
  site: app,
  release: 2,
  stopped: false,
  spec: 'new',
  domains: [parseDomain('app.example.com')],
};
const entry = (port: number, more: Partial<CatalogEntry> = {}): CatalogEntry => ({
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
const certificates = new Map<string, Certificate>();
const portsOf = (view: Omit<RoutesView, 'certificates'>) =>
  routesOf({ certificates, ...view }).map(({ upstreams }) => upstreams.map(({ port }) => port));

describe('routes', () => {
  it('lead to the services of the current release only', () => {
    expect(
      routesOf({
        pointers: [pointer],
        retirings: [],
        catalog: [entry(1), entry(2, { spec: 'old' })],
        certificates,
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
        certificates,
      }),
    ).toEqual([{ site: 'app', domains: ['app.example.com'], upstreams: [] }]);
  });

  it('are tested with the pointers as they are going to be', () => {
    const view = {
      pointers: [pointer],
      retirings: [],
      catalog: [entry(1, { spec: 'old' }), entry(2)],
      certificates,
    };
    expect(portsOf(withChanges({ ...view, pointers: [{ ...pointer, spec: 'old' }] }, [pointer], []))).toEqual(
      [[2]],
    );
  });

  it('carry what the site asks of the router, and its certificate by the key that the pointer names', () => {
    const own = { certificate: 'C', key: 'K' };
    const asking = { ...pointer, route: { httpsOnly: true, timeoutSeconds: 5, tls: certificateKey(own) } };
    const view = withChanges(
      { pointers: [pointer], retirings: [], catalog: [], certificates },
      [asking],
      [],
      [own],
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
    const [route] = routesOf({ pointers: [asking], retirings: [], catalog: [], certificates });
    expect(route).toEqual({ site: 'app', domains: ['app.example.com'], upstreams: [] });
  });
});
