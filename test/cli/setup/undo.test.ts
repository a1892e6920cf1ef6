import { describe, expect, it } from 'vitest';
import type { Host } from '../../../cli/setup/host.ts';
import { places } from '../../../cli/setup/places.ts';
import { planSetup } from '../../../cli/setup/plan.ts';
import { planUndo, undoRemarks } from '../../../cli/setup/undo.ts';
import { parseSiteName } from '../../../core/index.ts';
import { fresh, setUp, undone, unitsOfHost, wanted } from './sample.ts';

const titles = (host: Host, data: boolean) => planUndo(host, { data }).map(({ title }) => title);
const withoutSystemd: Host = { ...fresh, systemd: false };
const sites = ['blog', 'shop'].map((name) => parseSiteName(name));

describe('undoing a set-up', () => {
  it('does nothing where nothing was made', () => {
    expect(planUndo(fresh, { data: true })).toEqual([]);
    expect(undoRemarks(fresh, { data: true })).toEqual([]);
  });

  it('ends what runs, then takes away what was made, the newest first', () => {
    expect(titles(setUp(fresh), false)).toEqual([
      'end the units',
      'end nginx and what else runs here as git',
      ...unitsOfHost(fresh)
        .toReversed()
        .map(({ path }) => `remove ${path}`),
      'take from /usr/sbin/nginx its right to low ports',
      'take git out of the group docker',
      'remove /usr/local/bin/octo',
      'tell systemd of it',
    ]);
  });

  const services = ['docker.service', 'ssh.service'];
  it.each<[string, Host]>([
    ['systemd', { ...fresh, enabledUnits: services, activeUnits: services }],
    ['no systemd', withoutSystemd],
  ])('with the data leaves a machine as it was, but for packages: %s', (_what, host) => {
    const { missingPackages: _, keys: __, made: ___, ...left } = undone({ ...setUp(host), sites }, true);
    const { missingPackages: ____, made: _____, ...before } = host;
    expect(left).toEqual({ ...before, sites: [] });
  });

  it('removes sites with their volumes before anything else, and only when asked', () => {
    const up = setUp(fresh);
    const host = { ...up, sites, nginx: { ...up.nginx, ours: true } };
    expect(titles(host, true).slice(0, 2)).toEqual([
      'remove the site blog with its volumes',
      'remove the site shop with its volumes',
    ]);
    const kept = planUndo(host, { data: false });
    expect(kept.filter((step) => step.do === 'run' && step.words.includes('remove'))).toEqual([]);
    expect(kept.filter((step) => step.do === 'remove' && step.all)).toEqual([]);
    expect(kept.filter((step) => step.title.includes('user git'))).toEqual([]);
  });

  it('starts a router that systemd keeps and that does not run: a site is let go of by its routes', () => {
    const first = (host: Host) => titles({ ...host, sites }, true)[0];
    const done = setUp(fresh);
    expect(first(done)).toBe('start nginx, which lets go of the sites');
    expect(first({ ...done, nginx: { ...done.nginx, ours: true } })).toBe(
      'remove the site blog with its volumes',
    );
    expect(first(setUp(withoutSystemd))).toBe('remove the site blog with its volumes');
    expect(titles(done, true)).not.toContain('start nginx, which lets go of the sites');
  });

  it('keeps data, its owner and the configuration together, for the next set-up or --data', () => {
    const host = undone(setUp(fresh), false);
    expect(planUndo(host, { data: false })).toEqual([]);
    expect(host.files.has(places.config)).toBe(true);
    expect(planSetup(setUp(host), wanted)).toEqual([]);
    expect(titles({ ...host, sites }, true)).toEqual(
      expect.arrayContaining(['remove the site shop with its volumes', 'remove the user git with its home']),
    );
    expect(undoRemarks(host, { data: false }).join('\n')).toContain('octo setup --undo --data');
  });

  it('leaves what was there before', () => {
    const before: Host = {
      ...fresh,
      user: { shell: '/bin/bash', groups: ['docker'] },
      config: { ...fresh.config, isThere: true },
      folders: new Map([[places.folder, { mode: 0o755, owner: 'root' }]]),
    };
    const words = planUndo(setUp(before), { data: true }).flatMap((step) =>
      step.do === 'run' ? step.words : step.do === 'remove' ? [step.path] : [],
    );
    for (const one of ['userdel', 'gpasswd', places.config, places.folder]) expect(words).not.toContain(one);
  });

  it('leaves a configuration that was changed since, and says so', () => {
    const host = setUp(fresh);
    const changed = { ...host, files: new Map([...host.files, [places.config, 'mine']]) };
    expect(titles(changed, true)).not.toContain(`remove ${places.config}`);
    expect(undoRemarks(changed, { data: true })).toContain(`${places.config} was changed since, and stays.`);
    expect(titles(host, true)).toContain(`remove ${places.config}`);
  });

  it('leaves packages, and says how they go', () => {
    expect(undoRemarks(setUp(fresh), { data: true })).toContain(
      '    apt-get purge --autoremove docker.io nginx-light openssh-server',
    );
  });
});
