/** Every branch of a repository has the same CNAME file: whose its domains are. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseBranchRef, parseSiteName } from '../../core/grammar.ts';
import type { Push } from '../../core/source.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
const branchSite = parseSiteName('app-x');
const other = parseSiteName('other');
let world: TestEngine;
beforeEach(() => {
  world = testEngine();
});
afterEach(() => world.dispose());

const origin = (branch: string, repository = app) => ({
  repository,
  ref: parseBranchRef(`refs/heads/${branch}`),
});
const cname = (...names: string[]) => ({ CNAME: names.join('\n') });
const main = (...names: string[]): Push => ({ ...push(app, cname(...names)), origin: origin('main') });
const branch = (...names: string[]): Push => ({ ...push(branchSite, cname(...names)), origin: origin('x') });

/** Deploys; returns what was said. */
async function deploy(...pushes: Push[]): Promise<string[]> {
  const said: string[] = [];
  const { reporter } = world.operation();
  const output = (_site: string, line: string) => void said.push(line);
  await world.engine.deploy(pushes, world.operation({ reporter: { ...reporter, output } }));
  return said;
}
const domains = async (site: typeof app) => (await world.engine.domains(site)).map(({ domain }) => domain);

describe('the site of a branch', () => {
  const left = 'www.a.org (CNAME) stays with app; app-x is without it';

  it('is deployed without the domains of main, and the pusher is told', async () => {
    await deploy(main('www.a.org'));
    expect(await deploy(branch('www.a.org', 'x.a.org'))).toContain(left);
    expect(await domains(app)).toEqual(['app.example.com', 'www.a.org']);
    expect(await domains(branchSite)).toEqual(['app-x.example.com', 'x.a.org']);
    expect(world.roles.router.upstreamsOf('www.a.org')).toEqual(
      world.roles.router.upstreamsOf('app.example.com'),
    );
    const { sites } = await world.engine.preview([branch('www.a.org')], world.operation());
    expect(sites).toMatchObject([{ domains: [{ domain: 'app-x.example.com', origin: 'default' }] }]);
  });

  it('leaves them to main also where both come in one push', async () => {
    expect(await deploy(branch('www.a.org'), main('www.a.org'))).toContain(left);
    expect(await domains(app)).toContain('www.a.org');
    expect(await domains(branchSite)).toEqual(['app-x.example.com']);
  });

  it('leaves them to another branch too, of which the pusher hears no more than that', async () => {
    await deploy(branch('www.a.org'));
    const second = parseSiteName('app-y');
    const pushed = { ...push(second, cname('www.a.org')), origin: origin('y') };
    const told = 'www.a.org (CNAME) stays with the site of another branch; app-y is without it';
    expect(await deploy(pushed)).toContain(told);
    expect(await domains(second)).toEqual(['app-y.example.com']);
  });

  it('stays without them when its configuration changes, and gets what main no longer has', async () => {
    await deploy(main('www.a.org'));
    await deploy(branch('www.a.org'));
    const reload = () =>
      world.engine.change(branchSite, { reason: 'reload', reload: true }, world.operation());
    await reload();
    expect(await domains(branchSite)).toEqual(['app-x.example.com']);
    await deploy(main());
    await reload();
    expect(await domains(branchSite)).toEqual(['app-x.example.com', 'www.a.org']);
  });

  it('is refused a domain of a site that is no sibling, before anything is built', async () => {
    await deploy({ ...push(other, cname('www.a.org')), origin: origin('main', other) });
    const taken = { code: 'E_DOMAIN_TAKEN', hint: expect.stringContaining('octo domains other') };
    const builds = world.roles.builder.calls.filter(({ method }) => method === 'build').length;
    await expect(deploy(branch('www.a.org'))).rejects.toMatchObject(taken);
    await expect(deploy(main('www.a.org'))).rejects.toMatchObject(taken);
    expect(world.roles.builder.calls.filter(({ method }) => method === 'build')).toHaveLength(builds);
  });

  it('that was pushed first keeps its domain: main is refused it, with its name', async () => {
    await deploy(branch('www.a.org'));
    await expect(deploy(main('www.a.org'))).rejects.toMatchObject({
      code: 'E_DOMAIN_TAKEN',
      hint: expect.stringMatching(/^app-x, a branch of this repository, was first/),
    });
    await deploy(branch());
    await deploy(main('www.a.org'));
    expect(await domains(app)).toContain('www.a.org');
  });
});
