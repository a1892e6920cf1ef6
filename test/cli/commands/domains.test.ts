import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine } from '../command-line.ts';
import { type Sample, sample, webSite } from '../sample.ts';

let line: CommandLine;
let site: Sample;
beforeEach(async () => {
  line = commandLine();
  site = await sample({ ...webSite, CNAME: 'www.app.test\n' });
  await line.octo('deploy', 'app', site.folder);
});
afterEach(async () => {
  await line.dispose();
  await site.dispose();
});

const shown = async (name = 'app') => {
  const { domains } = (await line.octo('domains', name, '--json')).json() as {
    domains: { domain: string; origin: string }[];
  };
  return domains.map(({ domain, origin }) => `${domain} ${origin}`);
};
const given = ['app.example.com default', 'www.app.test CNAME'];
const starts = () => line.roles.runtime.calls.filter(({ method }) => method === 'start').length;
const upstreams = (domain: string) => line.roles.router.upstreamsOf(domain);

describe('octo domains:add, domains:remove and domains:set', () => {
  it('change the routes at once, and start nothing', async () => {
    const before = starts();
    const added = await line.octo('domains:add', 'app', 'a.test', 'b.test,c.test', '--json');
    expect(added.json()).toMatchObject({ site: 'app', release: 2, applied: true });
    expect(await shown()).toEqual([
      ...given,
      'a.test domains:set',
      'b.test domains:set',
      'c.test domains:set',
    ]);
    expect(upstreams('b.test')).toEqual(upstreams('app.example.com'));

    await line.octo('domains', 'remove', 'app', 'a.test c.test');
    expect(await shown()).toEqual([...given, 'b.test domains:set']);
    expect(upstreams('a.test')).toBeUndefined();

    await line.octo('domains:set', 'app', 'd.test', 'e.test');
    expect(await shown()).toEqual([...given, 'd.test domains:set', 'e.test domains:set']);
    await line.octo('domains:set', 'app', '');
    expect(await shown()).toEqual(given);
    expect(upstreams('d.test')).toBeUndefined();
    expect(starts()).toBe(before);
  });

  it('bug 6 of the original: "`domains:set` did not re-render nginx"', async () => {
    await line.octo('domains:set', 'app', 'new.test');
    expect((await line.roles.router.request('new.test')).status).toBe(200);
  });

  it('are refused a domain of another site, with its name', async () => {
    await line.octo('deploy', 'other', site.folder, '--json').then(({ code }) => expect(code).toBe(1));
    const bare = await sample();
    await line.octo('deploy', 'other', bare.folder);
    await bare.dispose();
    await line.octo('domains:add', 'other', 'other.test');
    const prepared = () => line.roles.router.calls.length;
    const before = prepared();
    for (const verb of ['add', 'set']) {
      const refused = await line.octo(`domains:${verb}`, 'app', 'mine.test', 'other.test');
      expect(refused).toMatchObject({ code: 1 });
      expect(refused.stderr).toMatch(/other\.test[\s\S]*octo domains other/);
    }
    // A router would find the same name twice, and say less.
    expect(prepared()).toBe(before);
    await line.octo('stop', 'app');
    expect(await line.octo('domains:add', 'app', 'other.test')).toMatchObject({ code: 1 });
    expect(await shown()).toEqual(given);
  });

  it('remove nothing where one of them was not set, and say which', async () => {
    await line.octo('domains:add', 'app', 'a.test');
    const refused = await line.octo('domains:remove', 'app', 'a.test', 'www.app.test', 'b.test');
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain('www.app.test, b.test: ');
    expect(refused.stderr).toContain('E_DOMAIN_MISSING');
    expect(await shown()).toEqual([...given, 'a.test domains:set']);
  });

  it.each([
    { words: ['domains:add', 'app'], code: 'E_ARGUMENTS' },
    { words: ['domains:add', 'app', 'http://a.test'], code: 'E_DOMAIN' },
    { words: ['domains:add', 'app', 'x.com; return 301 http://evil;'], code: 'E_DOMAIN' },
    { words: ['domains:add', 'app', '*.example.com'], code: 'E_DOMAIN_WILDCARD' },
    { words: ['domains:set', 'app', 'other.example.com'], code: 'E_DOMAIN_TAKEN' },
    { words: ['domains:set', 'Not-A-Site', 'a.test'], code: 'E_SITE_NAME' },
  ])('refuse $words with $code', async ({ words, code }) => {
    expect((await line.octo(...words, '--json')).json()).toMatchObject({ error: { code } });
    expect(await shown()).toEqual(given);
  });

  it('store for a site that is stopped or has no release', async () => {
    await line.octo('stop', 'app');
    for (const name of ['app', 'fresh']) {
      const added = await line.octo('domains:add', name, `a.${name}.test`, `b.${name}.test`, '--json');
      expect(added.json()).toMatchObject({ applied: false });
      await line.octo('domains:remove', name, `a.${name}.test`);
      expect(await shown(name)).toContain(`b.${name}.test domains:set`);
      expect(await shown(name)).not.toContain(`a.${name}.test domains:set`);
    }
    await line.octo('start', 'app');
    expect(upstreams('b.app.test')).toEqual(upstreams('app.example.com'));
  });

  it('take and show international names in both forms, and keep the ASCII one', async () => {
    const added = await line.octo('domains:add', 'app', 'Bücher.example');
    expect(added.stdout).toContain('  http://xn--bcher-kva.example (bücher.example)\n');
    expect((await line.octo('domains', 'app')).stdout).toMatch(
      /^xn--bcher-kva\.example \(bücher\.example\) +domains:set$/m,
    );
    expect((await line.octo('domains', 'app', '--json')).json()).toMatchObject({
      domains: [
        {},
        {},
        { domain: 'xn--bcher-kva.example', unicode: 'bücher.example', origin: 'domains:set' },
      ],
    });
    expect((await line.octo('config:get', 'app/DOMAINS')).stdout).toContain('xn--bcher-kva.example');
    await line.octo('domains:remove', 'app', 'bücher.example');
    expect(await shown()).toEqual(given);
  });

  it('give a wildcard what no site has by name; it is claimed, and no address', async () => {
    const added = await line.octo('domains:add', 'app', '*.wild.test', '--json');
    expect(added.json()).toMatchObject({ urls: ['http://app.example.com', 'http://www.app.test'] });
    const bare = await sample();
    await line.octo('deploy', 'other', bare.folder);
    await bare.dispose();
    await line.octo('domains:add', 'other', 'one.wild.test');
    expect(upstreams('any.wild.test')).toEqual(upstreams('app.example.com'));
    expect(upstreams('one.wild.test')).toEqual(upstreams('other.example.com'));
    expect((await line.octo('domains:add', 'other', '*.wild.test', '--json')).json()).toMatchObject({
      error: { code: 'E_DOMAIN_TAKEN', hint: expect.stringContaining('octo domains app') },
    });
  });

  it('are said to be the origin of what somebody wrote into DOMAINS', async () => {
    await line.octo('config:set', 'app', 'DOMAINS=x.test,y.test');
    expect(await shown()).toEqual([...given, 'x.test domains:set', 'y.test domains:set']);
    await line.octo('domains:remove', 'app', 'y.test');
    expect(await shown()).toEqual([...given, 'x.test domains:set']);
  });
});
