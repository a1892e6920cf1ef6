/** What settings for the router do to a site that runs, through the whole engine. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSiteName } from '../../core/grammar.ts';
import { selfSigned } from '../helpers/certificates.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
const other = parseSiteName('other');
const own = selfSigned('app.example.com');
const tls = { SSL_CERTIFICATE: own.certificate, SSL_KEY: own.key };
let world: TestEngine;

beforeEach(async () => {
  world = testEngine();
  await world.engine.deploy([push(app), push(other)], world.operation());
});
afterEach(() => world.dispose());

const set = (settings: Record<string, string | null>, site = app) =>
  world.engine.change(site, { reason: 'configuration', settings }, world.operation());
const routeOf = (site = app) => world.roles.router.inForce().find((route) => route.site === site);
const starts = () => world.roles.runtime.calls.filter(({ method }) => method === 'start').length;
const stored = async (prefix: string) =>
  (await world.roles.store.list(prefix)).map(({ key, value }) => `${key} ${value}`).join('\n');

describe('a setting for the router', () => {
  it('is in force at once, and starts nothing', async () => {
    const before = starts();
    const outcome = await set({ OCTO_MAX_BODY_SIZE: '5m', OCTO_STICKY: '0' });
    expect(outcome.release).toMatchObject({
      number: 2,
      route: { maxBodyBytes: 5 * 1024 ** 2, sticky: false },
    });
    expect(routeOf()).toMatchObject({ maxBodyBytes: 5 * 1024 ** 2, sticky: false });
    expect(routeOf(other)).not.toHaveProperty('sticky');
    expect(starts()).toBe(before);
    await set({ OCTO_MAX_BODY_SIZE: null, OCTO_STICKY: null });
    expect(routeOf()).not.toHaveProperty('sticky');
  });

  it('goes on with the next push, and while the site is stopped', async () => {
    await set({ ...tls, SSL_FORCED: '1' });
    await world.engine.deploy([push(app, { a: '2' })], world.operation());
    expect(routeOf()).toMatchObject({ httpsOnly: true, tls: own });
    await world.engine.stop(app, world.operation());
    expect(routeOf()).toMatchObject({ httpsOnly: true, tls: own, upstreams: [] });
  });
});

describe("a site's own certificate", () => {
  it('reaches the router, and neither the release nor the pointer', async () => {
    const { release, urls } = await set({ ...tls, SSL_FORCED: '1' });
    expect(routeOf()).toMatchObject({ tls: own, httpsOnly: true });
    expect(urls).toEqual(['https://app.example.com']);
    const secret = own.key.split('\n')[1] ?? '';
    expect(JSON.stringify(release)).not.toContain(secret);
    for (const prefix of ['releases/', 'sites/'])
      expect(await stored(`octohost-state/${prefix}`)).not.toContain(secret);
    expect(await stored('octohost-state/contents/')).toContain(secret);
  });

  it.each([
    { what: 'is no PEM', settings: { SSL_CERTIFICATE: 'no', SSL_KEY: own.key } },
    { what: 'does not fit its key', settings: { ...tls, SSL_KEY: selfSigned('x.org').key } },
    { what: 'is missing where https is forced', settings: { SSL_FORCED: '1' } },
  ])('that $what is refused before the switch, and nothing is stored', async ({ settings }) => {
    await expect(set(settings)).rejects.toMatchObject({ code: 'E_SETTINGS' });
    expect(routeOf()).not.toHaveProperty('tls');
    expect(await world.engine.settings(app)).not.toHaveProperty('SSL_FORCED');
    expect(await stored('octohost')).not.toContain('PRIVATE KEY');
    await world.engine.deploy([push(other, { a: '2' })], world.operation());
  });

  it('that a push would refuse is refused by its preview', async () => {
    await world.engine.setSettings(app, { SSL_FORCED: '1' } as never);
    await expect(world.engine.preview([push(app)], world.operation())).rejects.toMatchObject({
      code: 'E_SETTINGS',
    });
  });

  it('leaves no secret where the routes cannot be applied, and none after the site is removed', async () => {
    world.roles.router.faults.once('apply', new Error('no'));
    await expect(set(tls)).rejects.toMatchObject({ code: 'E_ROUTE_REVERTED' });
    expect(await stored('octohost')).not.toContain('PRIVATE KEY');
    await set(tls);
    expect(await stored('octohost')).toContain('PRIVATE KEY');
    await world.engine.remove(app, { volumes: false }, world.operation());
    expect(await stored('octohost')).not.toContain('PRIVATE KEY');
  });

  it('that is half set is no certificate yet, and the pusher is told', async () => {
    await set({ SSL_KEY: own.key });
    expect(routeOf()).not.toHaveProperty('tls');
    expect(world.told).toContain('app warn: SSL_KEY has no effect until SSL_CERTIFICATE is set too');
    await set({ SSL_CERTIFICATE: own.certificate });
    expect(routeOf()).toMatchObject({ tls: own });
  });
});

describe('a site whose route the router cannot take', () => {
  it('is refused its own change with the reason, before the switch', async () => {
    world.roles.router.refuse(app, new Error('its template is broken'));
    await expect(set({ NGINX_ALT: 'broken' })).rejects.toThrow('its template is broken');
    expect((await world.engine.current(app))?.number).toBe(1);
    expect(routeOf()).not.toHaveProperty('template');
  });

  it('stays as it was while others change, who hear nothing of it; converge tells', async () => {
    const error = new Error('its template is broken');
    world.roles.router.refuse(app, error);
    await set({ OCTO_STICKY: '1' }, other);
    expect(routeOf(other)).toMatchObject({ sticky: true });
    expect(routeOf()?.upstreams).toHaveLength(1);
    expect(world.told.join()).not.toContain('template');
    const converged = await world.engine.converge(undefined, world.operation());
    expect(converged.problems).toEqual([{ site: app, error }]);
    expect((await world.engine.converge([other], world.operation())).problems).toEqual([]);
  });

  it('can be stopped', async () => {
    world.roles.router.refuse(app, new Error('its template is broken'));
    await world.engine.stop(app, world.operation());
    expect((await world.engine.status(app)).state).toBe('stopped');
  });
});
