import { describe, expect, it } from 'vitest';
import { parseDomain, parseSiteName } from '../../core/grammar.ts';
import type { Pointer } from '../../core/records.ts';
import type { Instance } from '../../core/release.ts';
import type { CatalogEntry } from '../../core/roles.ts';
import { routesOf, withChanges } from '../../core/routes.ts';

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
const portsOf = (view: Parameters<typeof routesOf>[0]) =>
  routesOf(view).map(({ upstreams }) => upstreams.map(({ port }) => port));

describe('routes', () => {
  it('lead to the services of the current release only', () => {
    expect(
      routesOf({ pointers: [pointer], retirings: [], catalog: [entry(1), entry(2, { spec: 'old' })] }),
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
      routesOf({ pointers: [{ ...pointer, stopped: true }], retirings: [], catalog: [entry(1)] }),
    ).toEqual([{ site: 'app', domains: ['app.example.com'], upstreams: [] }]);
  });

  it('are tested with the pointers as they are going to be', () => {
    const view = { pointers: [pointer], retirings: [], catalog: [entry(1, { spec: 'old' }), entry(2)] };
    expect(portsOf(withChanges({ ...view, pointers: [{ ...pointer, spec: 'old' }] }, [pointer], []))).toEqual(
      [[2]],
    );
  });
});
