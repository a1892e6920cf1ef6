/** Bugs of the original in what is around octohost: the engine, the store, the operator's own files. */
import { mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { baseImage, importBusyboxImage } from '../../cli/dev/busybox-image.ts';
import { connectDocker } from '../../cli/dev/docker-connection.ts';
import { startDockerEngine, stopDockerEngine } from '../../cli/dev/docker-engine.ts';
import { engineLayout } from '../../cli/dev/engine-layout.ts';
import { portsOf } from '../helpers/inspection.ts';
import { page, privateInstance } from '../helpers/private-instance.ts';
import { parityLab, refused } from './lab.ts';

/** An engine of this file's own: it is killed. What is registered first is done last: the instance goes before it. */
let dir: string;
afterAll(async () => {
  await stopDockerEngine({ dir });
  await rm(dir, { recursive: true, force: true });
});
const lab = parityLab(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octo-engine-'));
  const { dockerHost } = await startDockerEngine({ dir });
  await importBusyboxImage(await connectDocker(dockerHost), baseImage);
  return privateInstance({ dockerHost });
});

const pidOfEngine = async () => Number(await readFile(engineLayout(dir).dockerd.pidFile, 'utf8'));

describe('bug 10: Docker listened on tcp without authentication', () => {
  it('the engine listens on a socket that others may not open, and on no port', async () => {
    const { socket } = engineLayout(dir);
    expect((await stat(socket)).mode & 0o007).toBe(0);
    expect(await tcpListeners(await pidOfEngine())).toEqual([]);
    // The same question finds a program that does listen.
    const nginx = Number(await readFile(join(lab.host.dir, 'i/data/nginx/nginx.pid'), 'utf8'));
    expect(await tcpListeners(nginx)).not.toEqual([]);
  });
});

describe('bug 14: the store away or a broken nginx file killed the old container and hung the push', () => {
  it('with the store held by somebody else, a push is refused in time; afterwards the next one goes through', async () => {
    await lab.push('app', page('old'));
    const before = await lab.seen.only('app');
    const database = new DatabaseSync(join(lab.host.dir, 'i/data/store.sqlite'));
    database.exec('BEGIN IMMEDIATE');
    const said = await refused(lab.host.push('app', page('new')));
    database.exec('ROLLBACK');
    database.close();
    expect(said).toContain('E_STORE_FAILED');
    expect((await lab.seen.only('app')).Id).toBe(before.Id);
    expect(await lab.body('app')).toBe('old');
    await lab.push('app', page('new'));
    expect(await lab.body('app')).toBe('new');
  });

  it("a broken file of the operator's own is left out with a warning, and the push goes through", async () => {
    const own = join(lab.host.dir, 'i/data/nginx/conf.d/own.conf');
    await writeFile(own, 'server { listen nonsense }\n');
    expect(await lab.push('app', page('newer'))).toMatch(/own\.conf is left out/);
    expect(await lab.body('app')).toBe('newer');
    await rm(own);
  });
});

describe('bug 16: every port was published on all addresses, and moved to other sites', () => {
  it('a port leads to a container from the loopback alone, and only the one that octohost chose', async () => {
    await lab.push('many', { ...page('many'), Dockerfile: `${page('')['Dockerfile']}EXPOSE 9000 53/udp\n` });
    for (const { NetworkSettings, HostConfig } of await lab.seen.containers()) {
      const bound = Object.values(NetworkSettings.Ports).flatMap((ports) => ports ?? []);
      expect(bound.length).toBeGreaterThan(0);
      expect(new Set(bound.map(({ HostIp }) => HostIp))).toEqual(new Set(['127.0.0.1']));
      expect(HostConfig.PublishAllPorts).toBe(false);
    }
  });

  it('after the engine was killed and started again, each site answers by itself at its old port', async () => {
    const picture = async () =>
      Object.fromEntries(
        (await lab.seen.containers()).map((one) => [
          one.Config.Labels['octohost.site'],
          portsOf(one).toSorted(),
        ]),
      );
    await lab.seen.only('app');
    const before = await picture();
    process.kill(await pidOfEngine(), 'SIGKILL');
    await startDockerEngine({ dir });
    for (const [site, body] of [
      ['app', 'newer'],
      ['many', 'many'],
    ] as const)
      await expect.poll(() => lab.body(site), { timeout: 30_000 }).toBe(body);
    expect(await picture()).toEqual(before);
  });
});

/** Inodes of the sockets on which a process listens for TCP. */
async function tcpListeners(pid: number): Promise<string[]> {
  const listen = '0A';
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8')),
  );
  const rows = tables
    .join('\n')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const listening = new Set(rows.filter(([, , , state]) => state === listen).map((row) => row[9]));
  const files = await readdir(`/proc/${pid}/fd`);
  const links = await Promise.all(files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => '')));
  return links
    .flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? [])
    .filter((inode) => listening.has(inode));
}
