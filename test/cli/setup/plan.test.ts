import { describe, expect, it } from 'vitest';
import type { Host } from '../../../cli/setup/host.ts';
import { places } from '../../../cli/setup/places.ts';
import { planSetup, problemsOf, remarksOf } from '../../../cli/setup/plan.ts';
import type { Step } from '../../../cli/setup/step.ts';
import { startLines } from '../../../cli/setup/without-systemd.ts';
import { parseDomain, parseKeyName } from '../../../core/index.ts';
import { after, base64, fresh, root, setUp, wanted } from './sample.ts';

const titles = (steps: readonly Step[]) => steps.map(({ title }) => title);
const runs = (steps: readonly Step[]) =>
  steps.flatMap((step) => (step.do === 'run' ? [step.words.join(' ')] : []));
const withoutSystemd: Host = { ...fresh, systemd: false };

describe('the plan of a set-up', () => {
  it('says for a fresh machine all that is done, in order', () => {
    expect(titles(planSetup(fresh, wanted))).toEqual([
      'make the folder /etc/octohost of root',
      'install the packages docker.io, nginx-light, openssh-server',
      'make the command /usr/local/bin/octo',
      'make the user git, whom only keys let in',
      'let git use Docker',
      'write /etc/octohost/octohost.config.ts: sites answer below apps.example.com',
      'make the folder /var/lib/octohost of git',
      'let /usr/sbin/nginx listen at port 80 whoever runs it',
      'start docker.service, now and at each boot',
      'start ssh.service, now and at each boot',
      'let in alice as an administrator, with the key SHA256:abc',
      'write the unit /etc/systemd/system/octohost-nginx.service',
      'write the unit /etc/systemd/system/octohost-boot.service',
      'write the unit /etc/systemd/system/octohost-agent.service',
      'tell systemd of the units',
      'write the configuration of nginx',
      'have each boot start octohost-nginx.service, octohost-boot.service, octohost-agent.service',
      'start them now',
    ]);
  });

  it.each([
    ['systemd', fresh],
    ['no systemd', withoutSystemd],
    ['a Node.js that is elsewhere', { ...fresh, program: { ...fresh.program, hasNode: false } }],
  ])('is empty once it has been done: %s', (_what, host) => {
    expect(planSetup(host, wanted)).not.toEqual([]);
    expect(planSetup(setUp(host), wanted)).toEqual([]);
  });

  it.each([
    ['systemd', fresh],
    ['no systemd', withoutSystemd],
  ])('goes on where it was cut off, wherever that was: %s', (_what, host) => {
    const all = planSetup(host, wanted);
    let now = host;
    for (const [index, step] of all.entries()) {
      now = after(now, step);
      const rest = all.slice(index + 1).filter((one) => one.do !== 'run' || one.words[0] !== 'systemctl');
      expect(titles(planSetup(now, wanted))).toEqual(expect.arrayContaining(titles(rest)));
    }
  });

  it('gives nginx its right to port 80 by its file: deploys try a configuration outside of its unit', () => {
    expect(runs(planSetup(fresh, wanted))).toContain('setcap cap_net_bind_service=+ep /usr/sbin/nginx');
    const steps = planSetup(withoutSystemd, wanted);
    expect(runs(steps)).toContain('setcap cap_net_bind_service=+ep /usr/sbin/nginx');
    expect(runs(steps).filter((line) => line.startsWith('systemctl'))).toEqual([]);
    const high = { ...withoutSystemd, config: { ...fresh.config, httpPort: 8080 } };
    expect(runs(planSetup(high, wanted)).join()).not.toContain('setcap');
  });

  it('keeps the Node.js that runs it beside the program where that has none', () => {
    const program = { ...fresh.program, hasNode: false, runningNode: '/root/.nvm/node' };
    expect(planSetup({ ...fresh, program }, wanted)).toContainEqual(
      expect.objectContaining({ do: 'copy', from: '/root/.nvm/node', path: fresh.program.node }),
    );
  });

  it('leaves a configuration that is there as it is, and goes by it', () => {
    const config = { isThere: true, user: 'deploy', dataDir: '/srv/octo', httpPort: 80 };
    const steps = planSetup({ ...fresh, config }, wanted);
    expect(titles(steps)).toContain('make the user deploy, whom only keys let in');
    expect(titles(steps)).toContain('make the folder /srv/octo of deploy');
    expect(steps.filter((step) => step.do === 'file' && step.path === places.config)).toEqual([]);
    const unit = steps.find((step) => step.do === 'file');
    expect(unit).toMatchObject({ text: expect.stringContaining('User=deploy') });
  });

  it('gives the data folder to its user where somebody else has it', () => {
    const folders = new Map([['/var/lib/octohost', { mode: 0o755, owner: 'root' }]]);
    expect(titles(planSetup({ ...fresh, folders }, wanted))).toContain(
      'make the folder /var/lib/octohost of git',
    );
  });

  it('writes a unit anew that differs, and restarts that one alone', () => {
    const host = setUp(fresh);
    const path = `${places.units}/octohost-agent.service`;
    const stale = { ...host, files: new Map([...host.files, [path, 'of before']]) };
    expect(titles(planSetup(stale, wanted))).toEqual([
      `write the unit ${path}`,
      'tell systemd of the units',
      'have each boot start octohost-agent.service',
      'start them now',
    ]);
    expect(runs(planSetup(stale, wanted))).toContain('systemctl restart octohost-agent.service');
  });

  it('is content with the socket of ssh', () => {
    const units = ['docker.service', 'ssh.socket'];
    const steps = planSetup({ ...fresh, enabledUnits: units, activeUnits: units }, wanted);
    expect(runs(steps).filter((line) => line.includes('--now'))).toEqual([]);
  });

  it('gives the key on standard input, and lets it in once', () => {
    const [step] = planSetup(fresh, wanted).filter((one) => one.title.startsWith('let in'));
    expect(step).toMatchObject({
      words: [`${root}/cli/bin/octo`, 'keys:add', 'alice', '--admin', '--config', places.config],
      input: `ssh-ed25519 ${base64} alice\n`,
    });
    const name = parseKeyName('alice');
    const weak = { ...setUp(fresh), keys: [{ name, base64, right: 'deploy' as const }] };
    expect(titles(planSetup(weak, wanted))).toEqual([step?.title]);
    expect(planSetup(setUp(fresh), { domainSuffix: wanted.domainSuffix })).toEqual([]);
  });

  it('runs nothing by a shell: a name of the configuration stays one word', () => {
    const config = { ...fresh.config, isThere: true, user: 'x; reboot' };
    const words = planSetup({ ...fresh, config }, wanted).flatMap((step) =>
      step.do === 'run' ? step.words : [],
    );
    expect(words).toContain('x; reboot');
    expect(words).not.toContain('-c');
  });
});

describe('what blocks a set-up', () => {
  const one = (host: Partial<Host>) => problemsOf({ ...fresh, ...host });
  const git = { shell: '/bin/sh', groups: [] };

  it('is nothing on a fresh machine, and nothing where it has been done', () => {
    expect(problemsOf(fresh)).toEqual([]);
    const host = setUp(fresh);
    expect(problemsOf({ ...host, nginx: { ...host.nginx, ours: true, portTaken: true } })).toEqual([]);
  });

  it.each<[string, Partial<Host>, RegExp]>([
    ['somebody else than root', { isRoot: false }, /sudo octo setup/],
    ['no apt-get', { hasApt: false }, /docker\.io, nginx-light, openssh-server/],
    ['a closed folder', { program: { ...fresh.program, closed: ['/root'] } }, /git cannot enter \/root/],
    ['a folder of everybody', { program: { ...fresh.program, writable: ['/tmp'] } }, /write to \/tmp/],
    ['another octo', { command: '/opt/other/octo' }, /\/opt\/other\/octo/],
    [
      'a user without a shell',
      { user: { ...git, shell: '/usr/sbin/nologin' } },
      /usermod --shell \/bin\/sh git/,
    ],
    ['git-shell', { user: { ...git, shell: '/usr/bin/git-shell' } }, /usermod/],
    ['a port that is taken', { nginx: { ...fresh.nginx, portTaken: true } }, /Port 80 is in use/],
  ])('is named with what mends it: %s', (_what, host, text) => {
    expect(one(host)).toEqual([expect.stringMatching(text)]);
  });

  it('is named all at once', () => {
    expect(one({ isRoot: false, command: '/opt/other/octo' })).toHaveLength(2);
  });

  it('is not a missing apt-get where no package is missing', () => {
    expect(one({ hasApt: false, missingPackages: [] })).toEqual([]);
  });
});

describe('what is left to the operator', () => {
  const remarks = (host: Host, more = {}) => remarksOf(host, { ...wanted, ...more }).join('\n');

  it('is to start the parts where there is no systemd, each with its command', () => {
    for (const line of startLines) expect(remarks(withoutSystemd)).toContain(`\n    ${line}\n`);
    expect(remarks(fresh)).not.toContain('octo serve');
  });

  it('is to let somebody in where nobody is', () => {
    const domainSuffix = wanted.domainSuffix;
    expect(remarksOf(fresh, { domainSuffix }).join('\n')).toContain('octo keys:add NAME --admin');
    expect(remarksOf(setUp(fresh), { domainSuffix }).join('\n')).not.toContain('keys:add');
  });

  it('is a domain where sites answer for this machine alone', () => {
    expect(remarks(fresh, { domainSuffix: parseDomain('localhost') })).toContain('domainSuffix');
    expect(remarks(fresh)).not.toContain('domainSuffix');
  });
});
