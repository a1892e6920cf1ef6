/** What a container may do to the host and to others: not more than its limits, which the kernel says itself. */
import { execFileSync } from 'node:child_process';
import { readdirSync, statfsSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Inspection, inspect } from '../helpers/inspection.ts';
import { command, done, type PrivateInstance, page, privateInstance } from '../helpers/private-instance.ts';

let host: PrivateInstance;
let seen: Inspection;
beforeAll(async () => {
  host = await privateInstance();
  seen = await inspect(host);
  await done(host.push('steady', page('still here')));
});
afterAll(() => host?.dispose());

const serve = 'exec httpd -f -p 8080 -h /www';

it('the kernel gives a container the listed rights alone, and no way to others', async () => {
  const status = 'mkdir -p /www; cat /proc/self/status > /www/status';
  await done(host.push('app', { Dockerfile: command(`${status}; ${serve}`) }));
  const { body } = await host.get('app', '/status');
  // CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID NET_BIND_SERVICE
  expect(body).toMatch(/^CapEff:\s*00000000000004fb$/m);
  expect(body).toMatch(/^CapBnd:\s*00000000000004fb$/m);
  expect(body).toMatch(/^NoNewPrivs:\s*1$/m);
  const { HostConfig } = await seen.only('app');
  expect(HostConfig).toMatchObject({
    Memory: Math.floor(totalmem() / 2 / 1024 / 1024) * 1024 * 1024,
    PidsLimit: 1024,
    Privileged: false,
    NetworkMode: expect.not.stringMatching('host'),
  });
});

it('a container that starts ever more processes is stopped at its limit, and the other site answers', async () => {
  // Where no process can be started any more, the inner shell ends; the outer one ends what was started, and serves.
  const ever = 'i=0; while [ $i -lt 300 ]; do sleep 600 & i=$((i+1)); echo $i > /www/count; done';
  const text = `mkdir -p /www; (${ever}); kill -9 -1; ${serve}`;
  await done(host.octo('config:set', 'many', 'OCTO_PROCESSES=40', 'OCTO_CPUS=0.5'));
  await done(host.push('many', { Dockerfile: command(text) }));
  const started = Number((await host.get('many', '/count')).body);
  expect(started).toBeGreaterThan(20);
  expect(started).toBeLessThan(40);
  expect((await seen.only('many')).HostConfig).toMatchObject({ PidsLimit: 40, NanoCpus: 500_000_000 });
  expect((await host.get('steady')).body).toBe('still here');
});

it('a container that logs without end keeps three files of ten megabytes, and the other site answers', async () => {
  const flood = `yes ${'x'.repeat(1000)} | head -c 50000000`;
  await done(
    host.push('loud', {
      Dockerfile: command(`mkdir -p /www; echo one > /www/index.html; ${flood}; ${serve}`),
    }),
  );
  const { LogPath, HostConfig } = await seen.only('loud');
  expect(HostConfig.LogConfig).toEqual({
    Type: 'json-file',
    Config: { 'max-file': '3', 'max-size': '10m' },
  });
  const folder = dirname(LogPath);
  const sizes = readdirSync(folder)
    .filter((name) => name.includes('.log'))
    .map((name) => statSync(join(folder, name)).size);
  expect(sizes).toHaveLength(3);
  expect(Math.max(...sizes)).toBeLessThan(11_000_000);
  expect((await host.get('steady')).body).toBe('still here');
});

it('a container that fills the disk that it was given gets no more, and the other site answers and is deployed', async () => {
  const disk = await mkdtemp(join(tmpdir(), 'octo-fill-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'octohost-test', disk]);
  try {
    await host.configure('plugins:', `allow: [{ sites: 'greedy', mounts: ['${disk}'] }],\n  `);
    const fill = `mkdir -p /www; cat /dev/zero > ${disk}/file; echo $? > /www/code`;
    const text = `# MOUNT_FROM_HOST ${disk} ${disk}\n${command(`${fill}; ${serve}`)}`;
    await done(host.push('greedy', { Dockerfile: text }));
    expect((await host.get('greedy', '/code')).body).toBe('1\n');
    expect(statfsSync(disk).bfree).toBe(0);
    expect((await host.get('steady')).body).toBe('still here');
    await done(host.push('steady', page('and new')));
    expect((await host.get('steady')).body).toBe('and new');
    await done(host.octo('remove', 'greedy', '--yes'));
  } finally {
    execFileSync('umount', [disk]);
    await rm(disk, { recursive: true });
  }
});
