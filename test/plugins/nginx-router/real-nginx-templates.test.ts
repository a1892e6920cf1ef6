/** The operator's own templates for sites, on a real nginx. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { selfSigned } from '../../helpers/certificates.ts';
import { apply, applyTelling, createLab, type Lab, recordingContext, route } from './lab.ts';

let lab: Lab;

beforeEach(async () => {
  lab = await createLab();
  await mkdir(join(lab.layout.prefix, 'templates'), { recursive: true });
});
afterEach(() => lab.end());

const template = (name: string, text: string) =>
  writeFile(join(lab.layout.prefix, 'templates', `${name}.mustache`), text);
const marked = (mark: string) =>
  `{{> redirect}}\nserver {\n  {{> server}}\n  add_header X-Mark ${mark};\n  location / {\n    {{> proxy}}\n  }\n}\n`;
const markOf = async (host: string) => (await lab.request(host, '/')).headers['x-mark'];

describe('a template', () => {
  it('is used by the site that names it, with all that sites have', async () => {
    await template('marked', marked('"for {{site}} at {{names}}"'));
    const app = { ...route('app', await lab.upstream('app')), template: 'marked', maxBodyBytes: 10 };
    await apply(lab.router(), app, route('plain', await lab.upstream('plain')));
    const { body, headers } = await lab.request('app.test', '/');
    expect([body, headers['x-mark']]).toEqual(['app', 'for app at app.test']);
    expect((await lab.request('app.test', '/', { method: 'POST', body: Buffer.alloc(11) })).status).toBe(413);
    expect(await markOf('plain.test')).toBeUndefined();
  });

  it('may be that of every site that names none', async () => {
    await template('all', marked('all'));
    await template('own', marked('own'));
    const [app, tls] = [await lab.upstream('app'), selfSigned('app.test')];
    const router = lab.router({ siteTemplate: 'all' });
    await apply(router, { ...route('app', app), tls }, { ...route('other', app), template: 'own' });
    expect([await markOf('app.test'), await markOf('other.test')]).toEqual(['all', 'own']);
    expect((await lab.secure('app.test', '/')).headers['x-mark']).toBe('all');
  });

  it('that is changed is in force at the next change of routes', async () => {
    await template('marked', marked('1'));
    const app = { ...route('app', await lab.upstream('app')), template: 'marked' };
    await apply(lab.router(), app);
    await template('marked', marked('2'));
    await apply(lab.router(), app);
    expect(await markOf('app.test')).toBe('2');
  });

  it('answers 503 where the site has no instance, as all do', async () => {
    await template('marked', marked('1'));
    await apply(lab.router(), { ...route('app'), template: 'marked' });
    expect((await lab.request('app.test', '/')).status).toBe(503);
  });
});

describe('a template that cannot be used', () => {
  const mustache = (text: string) => `server { {{> server}} location / { ${text} } }`;

  it.each([
    { what: 'is not there', text: undefined, words: /has no template of this name/ },
    {
      what: 'uses a value that there is not',
      text: mustache('{{secret}}'),
      words: /no value secret; there are/,
    },
    {
      what: 'uses a part that there is not',
      text: mustache('{{> other}}'),
      words: /no part other; there are/,
    },
    { what: 'is no mustache', text: '{{#site}}', words: /Unclosed section/ },
    {
      what: 'has a directive that nginx does not know',
      text: mustache('prxy_pass x;'),
      words: /"prxy_pass"/,
    },
    { what: 'ends too early', text: 'server { {{> server}}', words: /unexpected end of file/ },
    { what: 'ends what it did not begin', text: `${mustache('')}}`, words: /unexpected "}"/ },
    {
      what: 'makes nginx complain of no file',
      text: mustache('return 200 $none;'),
      words: /unknown "none" variable/,
    },
    {
      what: 'takes the place of all others',
      text: 'server { {{#http}}listen {{endpoint}} default_server;{{/http}} }',
      words: /duplicate default server/,
    },
  ])('because it $what is told with its site, and no other site is stopped', async ({ text, words }) => {
    if (text !== undefined) await template('bad', text);
    await template('good', marked('good'));
    const router = lab.router();
    const app = route('app', await lab.upstream('app'));
    const good = { ...route('good', await lab.upstream('good')), template: 'good' };
    await apply(router, app);

    const wanted = [{ ...app, template: 'bad' }, good, route('plain', await lab.upstream('plain'))];
    const prepared = await router.prepare(wanted, recordingContext());
    expect(prepared.refused?.map(({ site, error }) => [site, error.message])).toEqual([
      ['app', expect.stringMatching(words)],
    ]);
    await router.apply(prepared, recordingContext());
    expect((await lab.request('app.test', '/')).body).toBe('app');
    expect((await lab.request('plain.test', '/')).body).toBe('plain');
    expect(await markOf('good.test')).toBe('good');
  });

  it('any more leaves its sites as they are, wherever their instances move; put right, it is used', async () => {
    await template('marked', marked('1'));
    const app = { ...route('app', await lab.upstream('old')), template: 'marked' };
    await apply(lab.router(), app);
    await template('marked', 'server { nonsense; }');
    const moved = { ...app, upstreams: route('app', await lab.upstream('new')).upstreams };
    await apply(lab.router(), moved);
    expect(await lab.request('app.test', '/')).toMatchObject({ body: 'new', headers: { 'x-mark': '1' } });
    await template('marked', marked('3'));
    expect(await applyTelling(lab.router(), moved)).toEqual([]);
    expect(await markOf('app.test')).toBe('3');
  });

  it('is refused for all its sites at once', async () => {
    await template('bad', 'server { nonsense; }');
    const app = await lab.upstream('app');
    const sites = ['a', 'b', 'c'].map((site) => ({ ...route(site, app), template: 'bad' }));
    const { refused } = await lab.router().prepare(sites, recordingContext());
    expect(refused?.map(({ site }) => site)).toEqual(['a', 'b', 'c']);
  });

  it.each(['../conf.d/own', '/etc/passwd', 'a/b', 'a.b', ''])(
    'is never looked for outside: %j',
    async (name) => {
      await mkdir(lab.layout.operatorDir, { recursive: true });
      await writeFile(join(lab.layout.operatorDir, 'own.mustache'), marked('stolen'));
      const app = { ...route('app', await lab.upstream('app')), template: name };
      const { refused } = await lab.router().prepare([app], recordingContext());
      expect(refused?.[0]?.error).toMatchObject({ code: 'E_NGINX_TEMPLATE' });
    },
  );
});
