/** A new site with the image and configuration of another one. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { declaredElsewhere } from '../../core/clone.ts';
import { parseOwnDomain, parseSiteName } from '../../core/grammar.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const [app, next] = [parseSiteName('app'), parseSiteName('next')];
let world: TestEngine;
beforeEach(() => {
  world = testEngine({ allow: [{ sites: 'app', ports: [2525] }] });
});
afterEach(() => world.dispose());

const files = {
  Dockerfile: 'FROM scratch\nEXPOSE 8080\nVOLUME /data\n',
  CNAME: 'www.shop.test\n',
  '.octohost.yml': 'memory: 64m\ndomains: [shop.test]\nenvironment: { COLOUR: red }\n',
};
const deploy = (more = {}) => world.engine.deploy([push(app, { ...files, ...more })], world.operation());
const clone = () => world.engine.clone(app, next, world.operation());
const ask = async (host: string) => (await world.roles.router.request(host)).body;

describe('a clone', () => {
  it('has the image, settings and site file of the other one, and neither its domains nor its volumes', async () => {
    const settings: Record<string, string> = { GREETING: 'hello', CONTAINERS: '2' };
    await world.engine.setSettings(app, settings);
    await deploy();
    await world.engine.change(
      app,
      { reason: 'domains', addDomains: [parseOwnDomain('more.test')] },
      world.operation(),
    );
    const original = await world.engine.current(app);
    const { release } = await clone();
    expect(release).toMatchObject({
      site: next,
      number: 1,
      reason: 'clone',
      count: 2,
      domains: ['next.example.com'],
      image: { id: original?.image.id },
      environment: original?.environment,
      run: { memoryLimit: 64 * 1024 * 1024, volumes: ['/data'] },
    });
    expect(release.image.tag).not.toBe(original?.image.tag);
    expect(release.origin ?? release.revision).toBeUndefined();
    expect(await world.engine.settings(next)).toEqual({ ...settings, DOMAINS: 'next.example.com' });
    expect(await ask('next.example.com')).toBe('next release 1\n');
    expect(await ask('www.shop.test')).toMatch(/^app /);
    expect(await world.engine.volumes(next)).not.toEqual(await world.engine.volumes(app));
    expect((await world.engine.converge(undefined, world.operation())).problems).toEqual([]);
  });

  it('stays when the other one is removed', async () => {
    await deploy();
    await clone();
    await world.engine.remove(app, { volumes: true }, world.operation());
    await world.engine.change(next, { reason: 'reload', reload: true }, world.operation());
    expect(await ask('next.example.com')).toBe('next release 2\n');
  });

  it('that does not come up leaves nothing of itself', async () => {
    await deploy();
    const images = [...world.roles.builder.images.keys()];
    world.roles.runtime.behave(({ spec }) => (spec.site === next ? { kind: 'exits', code: 1 } : undefined));
    await expect(clone()).rejects.toThrow();
    expect([...world.roles.builder.images.keys()]).toEqual(images);
    expect(await world.engine.sites()).toEqual([app]);
    expect(await world.roles.runtime.list(next)).toEqual([]);
  });

  it('takes no name that somebody has, and no image of a site without one', async () => {
    await expect(clone()).rejects.toMatchObject({ code: 'E_SITE_UNKNOWN' });
    await deploy();
    const settings: Record<string, string> = { A: '1' };
    await world.engine.setSettings(next, settings);
    await expect(clone()).rejects.toMatchObject({ code: 'E_CLONE_TAKEN' });
    await expect(world.engine.clone(app, app, world.operation())).rejects.toMatchObject({
      code: 'E_CLONE_TAKEN',
    });
  });
});

it('what a repository asks for elsewhere is without domains and ports of the host', () => {
  const options = { file: 'Dockerfile', links: [], mounts: [], addName: 2 };
  const conf = { file: '.octohost.yml', lines: {}, values: 'x', domains: [parseOwnDomain('a.test')] };
  const port = { port: 25, protocol: 'tcp', hostAddress: '0.0.0.0', hostPort: 2525, line: 3 } as const;
  const declared = { domains: [parseOwnDomain('b.test')], conf, options: { ...options, hostPorts: [port] } };
  expect(declaredElsewhere(declared, {})).toMatchObject({
    domains: [],
    conf: { domains: [], file: '.octohost.yml' },
    options: { ...options, hostPorts: [] },
  });
});
