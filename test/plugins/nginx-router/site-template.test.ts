/** What a site's file says, and what a template of the operator's may say. */
import { describe, expect, it } from 'vitest';
import type { Domain, Route, SiteName } from '../../../core/index.ts';
import { listensOf } from '../../../plugins/nginx-router/listens.ts';
import { renderSite, templateNames } from '../../../plugins/nginx-router/site-conf.ts';
import { templateProblem } from '../../../plugins/nginx-router/templates.ts';
import { blocksNamed, parseConf, valuesOf } from './parse-conf.ts';
import { defaults, layout } from './sample.ts';

const app: Route = {
  site: 'app' as SiteName,
  domains: ['app.test' as Domain],
  upstreams: [{ address: '127.0.0.1', port: 20_001 }],
};
const listening = { http: { address: '::', port: 80 }, httpsPort: 443, ipv6: true };
const options = { layout, defaults, listens: listensOf(listening, false, undefined) };
const rendered = (route: Partial<Route>, text?: string) =>
  renderSite({ ...app, ...route }, options, text === undefined ? undefined : { name: 't', text });

describe("a site's file", () => {
  it('has what the site sets, and what the installation has for the rest', () => {
    const server = parseConf(
      rendered({ maxBodyBytes: 3_000_000_000, timeoutSeconds: 5, buffering: true }).text,
    );
    const block = server[0]?.block ?? [];
    const locations = blocksNamed(block, 'location');
    const location = locations.find(({ words }) => words[1] === '/')?.block ?? [];
    expect(valuesOf(block, 'client_max_body_size')).toEqual(['3000000000']);
    expect(valuesOf(location, 'proxy_read_timeout')).toEqual(['5s']);
    expect(valuesOf(location, 'proxy_buffering')).toEqual(['on']);
    expect(valuesOf(location, 'proxy_buffer_size')).toEqual(['64k']);
  });

  it('is the same whichever instances serve', () => {
    const moved = rendered({ upstreams: [{ address: '127.0.0.1', port: 20_002 }] });
    expect(moved).toEqual(rendered({}));
  });

  it('has another name for another content', () => {
    const tls = { certificate: 'C', key: 'K' };
    const names = [{}, { timeoutSeconds: 5 }, { tls }, { tls: { ...tls, key: 'L' } }].map(
      (change) => rendered(change).name,
    );
    expect(new Set(names).size).toBe(4);
    expect(names[0]).toMatch(/^app\.[0-9a-f]{16}$/);
  });

  it.each([
    { what: 'a domain', change: { domains: ['x.com; return 301 http://evil;' as Domain] } },
    { what: "a site's name", change: { site: 'a{b' as SiteName } },
    { what: 'a number that is none', change: { timeoutSeconds: Number.NaN } },
    { what: 'a size that nginx could not read', change: { maxBodyBytes: 1e21 } },
  ])('never has $what that could be read as more', ({ change }) => {
    expect(() => rendered(change, '{{names}} {{site}} {{timeoutSeconds}} {{maxBodySize}}')).toThrow(
      expect.objectContaining({ code: 'E_NGINX_VALUE' }),
    );
  });
});

describe('a template', () => {
  it('may use every value and part that there is', () => {
    const all = [...templateNames].map((name) => `{{#${name}}}x{{/${name}}}`).join('');
    expect(templateProblem(`${all}{{> redirect}}{{> server}}{{> limits}}{{> proxy}}`)).toBeUndefined();
    expect(rendered({}, '{{#http}}{{endpoint}} {{/http}}{{names}}').text).toBe('0.0.0.0:80 [::]:80 app.test');
  });

  it.each([
    ['{{key}}', /no value key/],
    ['{{#http}}{{port}}{{/http}}', /no value port/],
    ['{{names.length}}', /no value names.length/],
    ['{{> /etc/passwd}}', /no part/],
    ['{{/http}}', /Unopened section/],
  ])('that says %j is refused', (text, problem) => expect(templateProblem(text)).toMatch(problem));
});
