import { hostname } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Operation,
  openEngine,
  type Plugin,
  type Push,
  parseSiteName,
  resolveConfig,
} from '../../core/index.ts';
import { type MemoryPluginsOptions, memoryPlugins, memoryRoles, memoryTree, recorder } from '../testing.ts';

const site = parseSiteName('app');
const roles = memoryRoles();
afterEach(() => roles.runtime.dispose());

function open(plugins: Plugin[]) {
  const config = resolveConfig({ plugins, dataDir: '/nowhere' }, '/nowhere/octohost.config.ts');
  return openEngine({
    config,
    environment: {},
    process: { version: '0.0.0', pid: process.pid, host: hostname(), cores: 2, isAlive: () => true },
  });
}

const operation = (): Operation => ({
  actor: 'a test',
  signal: new AbortController().signal,
  reporter: { deploy() {}, begin() {}, end() {}, output() {}, warn() {} },
});

const push = (dockerfile: string): Push => ({
  site,
  source: { kind: 'tree', tree: memoryTree({ Dockerfile: dockerfile }) },
});

describe('memoryPlugins', () => {
  it('make a whole engine, whose deploys really answer and are recorded hook by hook', async () => {
    const events = recorder();
    const engine = open([...memoryPlugins(roles), events]);
    const [outcome] = await engine.deploy([push('FROM scratch\nEXPOSE 8080\n')], operation());
    expect(outcome?.release).toMatchObject({ site, number: 1 });
    expect(await roles.router.request('app.localhost')).toEqual({ status: 200, body: 'app release 1\n' });
    expect(events.lifecycle(site).slice(0, 5)).toEqual([
      'received',
      'built',
      'started',
      'registered',
      'routed',
    ]);
    expect(events.lifecycle('another')).toEqual([]);
    expect(events.payloads('built')).toMatchObject([{ site, image: { ports: [{ port: 8080 }] } }]);
    expect(events.events.filter(({ kind }) => kind === 'modifier').map(({ hook }) => hook)).toEqual(
      expect.arrayContaining(['modifyBuild', 'modifySpec', 'modifyService', 'modifyRoute']),
    );
    await engine.close();
    expect(await roles.store.get('octohost-state/installation')).toBeDefined();
  });

  it('are providers of the given roles, each under a name of its own', () => {
    const given: MemoryPluginsOptions = { ...roles, publisher: false };
    const names = memoryPlugins(given).map(({ name }) => name);
    expect(names.toSorted()).toEqual([
      'memory-builder',
      'memory-registrar',
      'memory-router',
      'memory-runtime',
      'memory-store',
    ]);
    expect(memoryPlugins().map(({ name }) => name)).toContain('memory-publisher');
  });
});
