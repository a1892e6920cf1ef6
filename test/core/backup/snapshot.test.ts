/** What of a store is taken, and which texts are snapshots. */
import { describe, expect, it } from 'vitest';
import { readSnapshot } from '../../../core/backup/snapshot.ts';
import { sitesIn } from '../../../core/backup/take.ts';
import { parseSiteName } from '../../../core/grammar.ts';
import { keys } from '../../../core/keys.ts';
import { makeRelease } from '../../contracts/fixture.ts';

const app = parseSiteName('app');
const image = { id: `sha256:${'0'.repeat(64)}`, ports: [], volumes: [] };
const release = makeRelease(app, image);
const pointer = { site: app, release: 1, stopped: false, spec: release.spec, domains: [] };
const whole = {
  [keys.pointer(app)]: JSON.stringify(pointer),
  [keys.release(app, 1)]: JSON.stringify(release),
  [keys.content(app, release.environment)]: '{"A":"1"}',
  'octohost/app/A': '1',
};
const found = (values: Record<string, string>) =>
  sitesIn(Object.entries(values).map(([key, value]) => ({ key, value })));

describe('what is taken of a store', () => {
  it('is every site with its records, and nothing of the moment', () => {
    const { sites, damaged } = found({
      ...whole,
      [keys.lease('site/app')]: '{}',
      [keys.port('127.0.0.1', 20_000)]: '{}',
      [keys.retiring(app)]: '{}',
    });
    expect(damaged).toEqual([]);
    expect(sites).toEqual([
      {
        site: app,
        settings: { A: '1' },
        contents: { [release.environment]: { A: '1' } },
        releases: [release],
        stabilities: [],
        services: [],
        pointer,
      },
    ]);
  });

  it('has that the router answers in the place of its instances', () => {
    const maintenance = { site: app, since: '2026-01-02T03:04:05.000Z', actor: 'me' };
    const { sites } = found({ ...whole, [keys.maintenance(app)]: JSON.stringify(maintenance) });
    expect(sites).toMatchObject([{ site: app, maintenance }]);
    expect(readSnapshot(JSON.stringify({ sites, keys: [] })).sites).toEqual(sites);
  });

  it('has settings as a journal makes them that is not finished', () => {
    const journal = JSON.stringify({ A: null, B: '2' });
    expect(found({ ...whole, [keys.settingsJournal(app)]: journal }).sites[0]?.settings).toEqual({ B: '2' });
  });

  it('has of another site, whose name begins alike, nothing', () => {
    const { sites } = found({ ...whole, 'octohost/app-two/B': '2' });
    expect(sites.map(({ site, settings }) => [site, settings])).toEqual([
      ['app', { A: '1' }],
      ['app-two', { B: '2' }],
    ]);
  });

  it.each([
    { what: 'whose pointer cannot be read', key: keys.pointer(app), value: 'x' },
    { what: 'whose current release is gone', key: keys.release(app, 1), value: undefined },
    { what: 'whose environment is gone', key: keys.content(app, release.environment), value: undefined },
  ])('leaves out a site $what, and says so', ({ key, value }) => {
    const { [key]: _, ...rest } = whole;
    const { sites, damaged, known } = found({ ...rest, ...(value === undefined ? {} : { [key]: value }) });
    expect(sites).toEqual([]);
    expect(known).toEqual([app]);
    expect(damaged.map(({ what }) => what)).toContain('app is left out: its current release is not whole');
  });

  it('names an old release that cannot be read, and has the others', () => {
    const { sites, damaged } = found({ ...whole, [keys.release(app, 2)]: '{}' });
    expect(sites[0]?.releases).toEqual([release]);
    expect(damaged[0]?.what).toContain(keys.release(app, 2));
  });
});

describe('a text', () => {
  const site = { site: 'app', settings: {}, releases: [], contents: {}, stabilities: [], services: [] };
  const text = (change: object) => JSON.stringify({ sites: [{ ...site, ...change }], keys: [] });

  it('is a snapshot', () => {
    expect(readSnapshot(text({}))).toEqual({ sites: [site], keys: [] });
  });

  it.each([
    { what: 'no JSON', text: 'x' },
    { what: 'another kind of JSON', text: '[]' },
    { what: 'a site without a name of one', text: text({ site: '../x' }) },
    { what: 'something unknown', text: text({ more: 1 }) },
    { what: 'a release that is none', text: text({ releases: [{ number: 1 }] }) },
    { what: 'a key that is none', text: JSON.stringify({ sites: [], keys: [{ name: 'x\ncommand' }] }) },
    { what: 'a site twice', text: JSON.stringify({ sites: [site, site], keys: [] }) },
    { what: 'a setting that is no text', text: text({ settings: { A: 1 } }) },
  ])('with $what is none', ({ text: given }) => {
    expect(() => readSnapshot(given)).toThrow(expect.objectContaining({ code: 'E_BACKUP_CONTENT' }));
  });
});
