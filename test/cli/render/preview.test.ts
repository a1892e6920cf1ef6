import { describe, expect, it } from 'vitest';
import { previewLines } from '../../../cli/render/preview.ts';
import { parseDomain, parseSiteName, type SitePreview } from '../../../core/index.ts';

const site = parseSiteName('app');
const same: SitePreview = {
  site,
  release: 3,
  current: 2,
  exposes: { known: true, ports: [{ port: 80, protocol: 'tcp' }] },
  instances: { count: 1, kept: ['app-1'], started: 0, ended: [] },
  environment: { names: [], added: [], removed: [], changed: [] },
  options: [],
  services: { registered: 0, deregistered: [] },
  domains: [{ domain: parseDomain('app.example.com'), origin: 'default' }],
  gained: [],
  lost: [],
};
const lines = (more: Partial<SitePreview> = {}) =>
  previewLines({ sites: [{ ...same, ...more }], router: [] });

describe('a plan in lines', () => {
  it('of the tree that runs says that nothing is built and nothing changes', () => {
    expect(lines()).toEqual([
      '-----> app would get',
      '       release 3, in the place of release 2',
      '       no build: release 2 has the same tree',
      '       instances: 1 (1 kept, 0 started), 0 ended',
      '       services: 0 registered, 0 deregistered',
      '       domains: app.example.com (default)',
      '-----> the routes would',
      '       stay as they are',
    ]);
  });

  it('of an image that EXPOSEs nothing as yet says so', () => {
    const exposes = { known: false, ports: [] };
    expect(lines({ builds: 'Dockerfile', exposes, domains: [] })).toContain(
      '       domains, if its image EXPOSEs nothing, as the last one: none',
    );
  });

  it('shows the release task', () => {
    expect(lines({ task: './migrate' })).toContain('       release task: ./migrate');
  });

  it('names an option that there was not, and each value of one with several', () => {
    const options = [{ name: 'mount', before: [], after: ['/a:/b', '/c:/d'] }];
    expect(lines({ options })).toContain('       mount: none → /a:/b, /c:/d');
  });

  it('of a site that stops says what ends', () => {
    const stops = {
      site,
      stops: true,
      instances: { ended: ['app-1'] },
      services: { deregistered: ['s'] },
    } as const;
    expect(previewLines({ sites: [stops], router: ['@@ line 1, then 1 @@', '-a', ' '] })).toEqual([
      '-----> app would stop',
      '       instances: 1 ended (app-1)',
      '       services: 1 deregistered (s)',
      '-----> the routes would',
      '       @@ line 1, then 1 @@',
      '       -a',
      '',
    ]);
  });
});
