/** The operator's own virtual hosts beside the sites: they serve, and never stop a site. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apply, applyTelling, createLab, type Lab, route, textOf } from './lab.ts';

let lab: Lab;

beforeEach(async () => {
  lab = await createLab();
  await mkdir(lab.layout.operatorDir, { recursive: true });
});
afterEach(() => lab.end());

const path = (name: string) => join(lab.layout.operatorDir, name);
const server = (host: string, more = '', port = lab.port) =>
  `server {\n  listen 127.0.0.1:${port};\n  server_name ${host};\n  ${more}\n  location / { return 200 ${host}; }\n}\n`;

describe('PARITY bug 14: a broken file of the operator', () => {
  it.each([
    {
      what: 'a word too much',
      text: 'server { lisen 80; }',
      words: /unknown directive "lisen" in .*bad\.conf:1/,
    },
    { what: 'a brace too few', text: 'server {', words: /unexpected end of file.* in .*bad\.conf:1/ },
    { what: 'a brace too many', text: '}', words: /unexpected "}" in .*bad\.conf:1/ },
    {
      what: 'a certificate that is not there',
      text: (port: number) =>
        `server { listen 127.0.0.1:${port} ssl; ssl_certificate /none.pem; ssl_certificate_key /none.pem; }`,
      words: /bad\.conf is left out .*cannot load certificate "\/none.pem"/,
    },
    {
      what: 'a variable that is not there, which nginx lays to no file',
      text: 'server { server_name bad.test; return 200 $nothing; }',
      words: /bad\.conf is left out .*unknown "nothing" variable/,
    },
    {
      what: "the default that is the sites' own",
      text: (port: number) => `server { listen 127.0.0.1:${port} default_server; }`,
      words: /duplicate default server .* in .*bad\.conf:1/,
    },
  ])('with $what is left out and named; sites and other files go on', async ({ text, words }) => {
    const bad = typeof text === 'string' ? text : text(lab.port);
    const router = lab.router();
    await writeFile(path('good.conf'), server('good.test'));
    await apply(router, route('app', await lab.upstream('old')));
    await writeFile(path('bad.conf'), bad);
    const told = await applyTelling(router, route('app', await lab.upstream('new')));
    expect(told).toEqual([expect.stringMatching(words)]);
    expect((await lab.request('app.test', '/')).body).toBe('new');
    expect((await lab.request('good.test', '/')).body).toBe('good.test');
    expect(await textOf(path('bad.conf'))).toBe(bad);
  });

  it('is put back as soon as it is right, and nothing reloads nginx before', async () => {
    const app = route('app', await lab.upstream('app'));
    await writeFile(path('own.conf'), 'server { lisen 80; }');
    expect(await applyTelling(lab.router(), app)).toEqual([expect.stringContaining('own.conf:1')]);
    const workers = await lab.acceptingWorkers();
    expect(await applyTelling(lab.router(), app)).toEqual([expect.stringContaining('own.conf:1')]);
    expect(await lab.acceptingWorkers()).toEqual(workers);
    await writeFile(path('own.conf'), server('own.test'));
    expect(await applyTelling(lab.router(), app)).toEqual([]);
    expect((await lab.request('own.test', '/')).body).toBe('own.test');
  });

  it('is left out where it listens on a port that another program has, at a reload and at a start', async () => {
    const taken = await lab.occupiedPort();
    const router = lab.router();
    await apply(router, route('app', await lab.upstream('old')));
    await writeFile(path('own.conf'), server('own.test', '', taken));
    const told = await applyTelling(router, route('app', await lab.upstream('new')));
    expect(told).toEqual([expect.stringMatching(new RegExp(`left out .*:${taken} failed \\(98`))]);
    expect((await lab.request('app.test', '/')).body).toBe('new');
  });

  it('does not stop the first start', async () => {
    await writeFile(path('own.conf'), server('own.test', '', await lab.occupiedPort()));
    const told = await applyTelling(lab.router(), route('app', await lab.upstream('app')));
    expect(told).toEqual([expect.stringContaining('left out')]);
    expect((await lab.request('app.test', '/')).body).toBe('app');
  });

  it('with a name that cannot be written is left out and named', async () => {
    await writeFile(path('my site.conf'), server('own.test'));
    const told = await applyTelling(lab.router(), route('app', await lab.upstream('app')));
    expect(told).toEqual([expect.stringContaining('my site.conf is left out')]);
    expect((await lab.request('app.test', '/')).body).toBe('app');
  });

  it('that goes away is no longer spoken of', async () => {
    await writeFile(path('own.conf'), 'nonsense;');
    const app = route('app', await lab.upstream('app'));
    await applyTelling(lab.router(), app);
    await rm(path('own.conf'));
    expect(await applyTelling(lab.router(), app)).toEqual([]);
  });
});

it('finds no plain site by $octohost_upstream, where routes change without a reload', async () => {
  const found = server('app.test', 'set $found $octohost_upstream;').replace('200 app.test', '200 $found');
  await writeFile(path('own.conf'), found);
  await applyTelling(lab.router(), route('app', await lab.upstream('app')));
  expect((await lab.request('app.test', '/')).body).toBe('unknown');
});
