import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importBusyboxImage } from '../../../cli/dev/busybox-image.ts';
import { dockerHostAnswers, startDockerEngine, stopDockerEngine } from '../../../cli/dev/docker-engine.ts';
import { engineLayout } from '../../../cli/dev/engine-layout.ts';
import { mountPointsBelow } from '../../../cli/dev/mounts.ts';

const image = 'octohost/busybox:1';
let dir: string;
let docker: Docker;

beforeAll(async () => {
  // Not below os.tmpdir(), which may be too long a path for sockets; the space proves that paths are quoted.
  dir = join(await mkdtemp('/tmp/octohost-engine-'), 'an engine');
  await startDockerEngine({ dir });
  docker = new Docker({ socketPath: engineLayout(dir).socket });
  await importBusyboxImage(docker, image);
});

afterAll(async () => {
  await stopDockerEngine({ dir });
  await rm(join(dir, '..'), { recursive: true });
});

/** What an engine has on this machine apart from its files. */
async function traces(folder: string): Promise<{ processes: string[]; mounts: string[]; bridges: string[] }> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  const links: { ifname: string }[] = JSON.parse(execFileSync('ip', ['-json', 'link', 'show']).toString());
  return {
    processes: commands.filter((command) => command.includes(folder)),
    mounts: mountPointsBelow(await readFile('/proc/self/mounts', 'utf8'), folder),
    bridges: links.map((link) => link.ifname).filter((name) => name === engineLayout(folder).bridge),
  };
}

const noTraces = { processes: [], mounts: [], bridges: [] };

/** Runs a command in a container to its end; gives what it wrote, without the last line break. */
async function run(command: string[]): Promise<string> {
  const container = await docker.createContainer({ Image: image, Cmd: command, Tty: true });
  await container.start();
  await container.wait();
  const output = await container.logs({ stdout: true, follow: false });
  await container.remove();
  return output.toString().trimEnd();
}

async function serve(): Promise<{ id: string; url: string }> {
  const container = await docker.createContainer({
    Image: image,
    Cmd: ['sh', '-c', 'mkdir /www && echo served > /www/index.html && exec httpd -f -p 80 -h /www'],
    HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] } },
    ExposedPorts: { '80/tcp': {} },
  });
  await container.start();
  const { NetworkSettings } = await container.inspect();
  return { id: container.id, url: `http://127.0.0.1:${NetworkSettings.Ports['80/tcp']?.[0]?.HostPort}/` };
}

async function expectServed(url: string): Promise<void> {
  const answer = () => fetch(url).then((response) => response.text(), String);
  await expect.poll(answer, { timeout: 10_000 }).toBe('served\n');
}

describe('a Docker engine of one’s own', () => {
  it('runs a shell and its applets in the busybox image', async () => {
    expect(await run(['sh', '-c', 'true && sleep 0 && echo hi'])).toBe('hi');
    expect(await run(['/usr/bin/env', 'stat', '-c', '%a', '/tmp'])).toBe('1777');
  });

  it('publishes a port on loopback', async () => {
    const { id, url } = await serve();
    await expectServed(url);
    await docker.getContainer(id).remove({ force: true });
  });

  it('does nothing for an image that is there', async () => {
    const before = await docker.getImage(image).inspect();
    await importBusyboxImage(docker, image);
    expect((await docker.getImage(image).inspect()).Id).toBe(before.Id);
    expect(before.Config).toMatchObject({ Cmd: ['sh'], Env: ['PATH=/bin:/usr/bin:/sbin'] });
  });

  it('is given again by a second start', async () => {
    const { record, config } = engineLayout(dir).dockerd;
    const before = await readFile(record, 'utf8');
    expect(await startDockerEngine({ dir })).toEqual({ dockerHost: engineLayout(dir).dockerHost });
    expect(await readFile(record, 'utf8')).toBe(before);
    expect((await traces(dir)).processes.filter((command) => command.includes(config))).toHaveLength(1);
  });

  // A bridge without an address of its own takes the lowest of its containers': each change of it stalls every
  // connection until the others have asked for it again, half a minute later.
  it('keeps the address of its bridge whatever containers come and go', async () => {
    const address = () =>
      execFileSync('cat', [`/sys/class/net/${engineLayout(dir).bridge}/address`], { encoding: 'utf8' });
    const before = address();
    const containers = await Promise.all(
      Array.from({ length: 8 }, () => docker.createContainer({ Image: image, Cmd: ['sleep', '100'] })),
    );
    for (const container of containers) await container.start();
    expect(address()).toBe(before);
    for (const container of containers) await container.remove({ force: true });
    expect(address()).toBe(before);
  });

  it('makes no firewall rule', async () => {
    const { bridge } = engineLayout(dir);
    const [{ addr_info: addresses }] = JSON.parse(
      execFileSync('ip', ['-json', '-4', 'addr', 'show', bridge]).toString(),
    );
    const subnet = addresses[0].local.replace(/\.1$/, '.');
    const rules = execFileSync('iptables-save').toString().split('\n');
    expect(rules.filter((rule) => rule.includes(bridge) || rule.includes(subnet))).toEqual([]);
  });

  it('leaves nothing but files when it is stopped, and has its images when it is started again', async () => {
    await serve();
    await docker.createNetwork({ Name: 'shop' });
    await stopDockerEngine({ dir });
    expect(await traces(dir)).toEqual(noTraces);
    expect(await dockerHostAnswers(engineLayout(dir).dockerHost)).toBe(false);
    await startDockerEngine({ dir });
    expect((await docker.getImage(image).inspect()).RepoTags).toContain(image);
  });

  it.each([{ killed: ['dockerd'] }, { killed: ['dockerd', 'containerd'] }])(
    'is cleared away after kill -9 of $killed with a container running, and starts again',
    async ({ killed }) => {
      const { url } = await serve();
      await expectServed(url);
      const layout = engineLayout(dir);
      for (const program of killed as ('dockerd' | 'containerd')[]) {
        process.kill(JSON.parse(await readFile(layout[program].record, 'utf8')).pid, 'SIGKILL');
      }
      await stopDockerEngine({ dir });
      expect(await traces(dir)).toEqual(noTraces);
      await expect(fetch(url)).rejects.toThrow();
      await startDockerEngine({ dir });
      expect(await run(['echo', 'again'])).toBe('again');
    },
  );
});

describe('an engine that cannot start', () => {
  it('says why with the last lines of its log, and leaves nothing behind', async () => {
    const broken = await mkdtemp('/tmp/octohost-engine-');
    await writeFile(join(broken, 'data'), 'a file where a folder should be');
    const error = await startDockerEngine({ dir: broken }).catch((reason) => reason);
    expect(error).toMatchObject({ code: 'E_ENGINE_START', message: expect.stringContaining('dockerd') });
    expect(error.details.join('\n')).toContain(join(broken, 'data'));
    expect(await traces(broken)).toEqual(noTraces);
    await rm(broken, { recursive: true });
  });

  it('gives up when it is told to', async () => {
    const given = await mkdtemp('/tmp/octohost-engine-');
    await mkdir(join(given, 'data'));
    const reason = new Error('enough');
    await expect(startDockerEngine({ dir: given, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(await traces(given)).toEqual(noTraces);
    await rm(given, { recursive: true });
  });
});

describe('stopDockerEngine', () => {
  it('does nothing where no engine is', async () => {
    await expect(stopDockerEngine({ dir: '/tmp/octohost-has-no-such-folder' })).resolves.toBeUndefined();
  });
});
