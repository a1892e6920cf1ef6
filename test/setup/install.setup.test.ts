/** A fresh Debian becomes a server by one command; a laptop pushes, and the site answers. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseImage, importBusyboxImage } from '../../cli/dev/busybox-image.ts';
import { connectDocker } from '../../cli/dev/docker-connection.ts';
import { makeRelease } from '../../cli/setup/release.ts';
import { startLines } from '../../cli/setup/without-systemd.ts';
import { eventually } from '../contracts/fixture.ts';
import { committer, done, page, ran, writeFiles } from '../helpers/private-instance.ts';
import { type DebianMachine, debianMachine } from './debian-machine.ts';

let dir: string;
let machine: DebianMachine;
const octo = (...words: string[]) => machine.run('/opt/octohost/cli/bin/octo', ...words);
const setup = (...words: string[]) =>
  octo('setup', '--domain', 'lab.test', '--key', '/root/laptop.pub', ...words);
const steps = async (...words: string[]) => {
  const { stdout } = await done(setup('--json', ...words));
  return (JSON.parse(stdout) as { steps: string[] }).steps;
};
const units = ['octohost-nginx.service', 'octohost-boot.service', 'octohost-agent.service'];

/** A GET of a page of the machine, from beside it. */
async function pageOf(host: string): Promise<string> {
  const words = ['busybox', 'wget', '-q', '-O', '-', '--header', `Host: ${host}`, 'http://127.0.0.1/'];
  return (await machine.beside(words)).stdout;
}

/** The laptop's ssh, which knows nothing but its key and whom it has met. */
function sshWords(): string[] {
  const settings = ['IdentitiesOnly=yes', 'BatchMode=yes', 'StrictHostKeyChecking=accept-new'];
  const options = [...settings, `UserKnownHostsFile=${join(dir, 'known')}`].flatMap((one) => ['-o', one]);
  return ['ssh', '-F', '/dev/null', '-i', join(dir, 'laptop'), ...options];
}

async function push(text: string) {
  const work = join(dir, 'site');
  await mkdir(work, { recursive: true });
  const env = { ...process.env, ...committer, GIT_SSH_COMMAND: sshWords().join(' ') };
  const git = (...words: string[]) => machine.beside(['git', ...words], { cwd: work, env });
  await git('init', '-q', '--initial-branch=main');
  await writeFiles(work, page(text));
  await git('add', '-A');
  await done(git('commit', '-q', '-m', text));
  return git('push', 'git@127.0.0.1:app.git', 'main');
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octo-install-'));
  const { tarball } = await makeRelease(join(dir, 'release'));
  machine = await debianMachine();
  await done(ran('tar', ['-xzf', tarball, '-C', join(machine.root, 'opt')]));
  await done(ran('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(dir, 'laptop')]));
  await done(ran('cp', [join(dir, 'laptop.pub'), join(machine.root, 'root')]));
}, 1_800_000);

afterAll(async () => {
  await machine?.dispose();
  await rm(dir, { recursive: true, force: true });
}, 300_000);

describe('a fresh Debian', { timeout: 1_800_000 }, () => {
  it('is told what it lacks, and nothing is changed', async () => {
    const found = await steps('--dry-run');
    expect(found).toEqual(
      expect.arrayContaining([expect.stringMatching(/install the packages .*docker\.io/)]),
    );
    expect(found).toContain('make the user git, whom only keys let in');
    expect(existsSync(join(machine.root, 'etc/octohost'))).toBe(false);
    expect(await setup('--json')).toMatchObject({
      code: 2,
      stdout: expect.stringContaining('E_SETUP_NOT_CONFIRMED'),
    });
  });

  it('becomes a server by one command', async () => {
    await done(setup('--yes'));
    const { stdout } = await machine.run('systemctl', 'is-active', ...units);
    expect(stdout.trim().split('\n')).toEqual(['active', 'active', 'active']);
    await done(octo('status'));
  });

  it('has units that systemd finds no fault with, and is the same after a second run', async () => {
    const { stderr } = await machine.run('systemd-analyze', 'verify', '--man=no', ...units);
    expect(stderr.split('\n').filter((line) => line.includes('octohost'))).toEqual([]);
    expect(await steps('--yes')).toEqual([]);
  });

  it('takes a push from a laptop, and the site answers', async () => {
    await importBusyboxImage(await connectDocker(machine.dockerHost), baseImage);
    await done(push('first'));
    expect(await pageOf('app.lab.test')).toBe('first');
    await done(push('second'));
    expect(await pageOf('app.lab.test')).toBe('second');
  });

  it('runs its parts as the user git, whom only the forced command is open to', async () => {
    for (const unit of ['octohost-nginx.service', 'octohost-agent.service']) {
      const { stdout } = await done(machine.run('systemctl', 'show', '-p', 'MainPID', '--value', unit));
      const owner = await done(machine.run('stat', '-c', '%U', `/proc/${stdout.trim()}`));
      expect(owner.stdout, unit).toBe('git\n');
    }
    const shell = await machine.beside([...sshWords(), 'git@127.0.0.1', 'id']);
    expect(shell.code).not.toBe(0);
    expect(shell.stdout).not.toContain('uid=');
  });

  it('gets its nginx back when that is killed', async () => {
    const pidFile = join(machine.root, 'var/lib/octohost/nginx/nginx.pid');
    const before = (await readFile(pidFile, 'utf8')).trim();
    await done(
      machine.run('systemctl', 'kill', '--kill-whom=main', '--signal=KILL', 'octohost-nginx.service'),
    );
    await eventually(
      'another nginx that answers',
      async () =>
        (await readFile(pidFile, 'utf8').catch(() => before)).trim() !== before &&
        (await pageOf('app.lab.test')) === 'second',
      120,
    );
  });

  it('is left with its sites when the set-up is undone, which brings nothing but itself back', async () => {
    await done(octo('setup', '--undo', '--yes'));
    expect(await pageOf('app.lab.test')).toBe('');
    for (const name of units) expect(existsSync(join(machine.root, 'etc/systemd/system', name))).toBe(false);
    expect((await machine.run('/opt/octohost/cli/bin/octo', 'setup', '--undo', '--yes')).stdout).toContain(
      'Nothing',
    );
    await done(setup('--yes'));
    await eventually('the site', async () => (await pageOf('app.lab.test')) === 'second', 120);
  });

  it('is as it was, but for packages, when sites and data go too', async () => {
    await done(octo('setup', '--undo', '--data', '--yes'));
    const left = ['etc/octohost', 'var/lib/octohost', 'home/git', 'usr/local/bin/octo'];
    expect(left.filter((path) => existsSync(join(machine.root, path)))).toEqual([]);
    expect(await readFile(join(machine.root, 'etc/passwd'), 'utf8')).not.toContain('\ngit:');
    const docker = await connectDocker(machine.dockerHost);
    expect(await docker.listContainers({ all: true })).toEqual([]);
    expect((await docker.listVolumes()).Volumes ?? []).toEqual([]);
    expect((await octo('setup', '--undo', '--yes')).stdout).toContain('Nothing');
  });

  it('is served without systemd, too, by the lines that the set-up shows', async () => {
    const parts = ['docker.socket', 'docker.service', 'ssh.service'];
    await done(machine.run('systemctl', 'stop', ...parts));
    await done(machine.run('mv', '/run/systemd/system', '/run/systemd/away'));
    try {
      const { stderr } = await done(setup('--yes'));
      expect(stderr).toContain(startLines.map((line) => `    ${line}\n`).join(''));
      await done(machine.run('sh', '-euc', startLines.join('\n')));
      await importBusyboxImage(await connectDocker(machine.dockerHost), baseImage);
      await done(push('third'));
      expect(await pageOf('app.lab.test')).toBe('third');
      await eventually(
        'the agent',
        async () => {
          const { stdout } = await octo('status', '--json');
          return (JSON.parse(stdout) as { agent?: { alive: boolean } }).agent?.alive === true;
        },
        120,
      );
      const { stdout } = await octo('doctor', '--json');
      const { checks } = JSON.parse(stdout) as {
        checks: { check: string; state: string; message: string }[];
      };
      expect(checks.filter(({ check }) => check === 'ssh')).toMatchObject([{ state: 'ok' }]);
      await done(octo('setup', '--undo', '--data', '--yes'));
      expect(existsSync(join(machine.root, 'var/lib/octohost'))).toBe(false);
    } finally {
      await machine.run('mv', '/run/systemd/away', '/run/systemd/system');
    }
  });
});
