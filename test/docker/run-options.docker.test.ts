/** Run options of a Dockerfile on the real engine: names, links, volumes of another site, paths and ports of the host. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectDocker } from '../../cli/dev/docker-connection.ts';
import { type OwnLabels, ownLabels } from '../helpers/inspection.ts';
import { command, get, type PrivateInstance, privateInstance } from '../helpers/private-instance.ts';

let host: PrivateInstance;
let own: OwnLabels;
let shared: string;
let hostPort: number;
beforeAll(async () => {
  host = await privateInstance();
  own = await ownLabels(host);
  shared = await mkdtemp(join(tmpdir(), 'octo-shared-'));
  hostPort = await freePort();
  const file = host.instance.configFile;
  const text = await readFile(file, 'utf8');
  const rights = "capabilities: ['NET_RAW'], devices: ['/dev/full'], hostNetwork: true";
  const rules = `allow: [{ sites: 'shop', mounts: ['${shared}'], ports: [${hostPort}] }, { sites: 'near', ${rights} }], plugins:`;
  await writeFile(file, text.replace('plugins:', rules));
});
afterAll(async () => {
  await host?.dispose();
  await rm(shared, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const serve = 'exec httpd -f -p 8080 -h /www';
const site = (
  shell: string,
  comments: readonly string[] = [],
  more: readonly string[] = ['EXPOSE 8080'],
) => ({
  Dockerfile: command(`mkdir -p /www; ${shell}`, [...comments, ...more]),
});

async function deploy(name: string, files: Record<string, string>) {
  return host.octo('deploy', name, await host.folder(files), '--wait');
}

async function containers(name: string) {
  const docker = await connectDocker(host.instance.dockerHost);
  return (await docker.listContainers({ all: true, filters: own(`octohost.site=${name}`) })).map(
    ({ Id, Names }) => ({
      id: Id,
      names: Names,
    }),
  );
}

it('a data-only site keeps its container, and VOLUMES_FROM sees its data', async () => {
  const data = await deploy('shop_data', site('echo kept > /data/file', [], ['VOLUME /data']));
  expect(data, data.stderr).toMatchObject({ code: 0 });
  const shop = await deploy('shop', site(`cp /data/file /www/index.html; ${serve}`, ['# VOLUMES_FROM']));
  expect(shop, shop.stderr).toMatchObject({ code: 0 });
  expect((await host.get('shop')).body).toBe('kept\n');
});

it('LINK_SERVICE reaches the sibling by its name; when that gets a new container, so does who links to it', async () => {
  const redis = (text: string) => site(`echo ${text} > /www/index.html; ${serve}`);
  expect((await deploy('shop_redis', redis('one'))).code).toBe(0);
  const shell = `wget -q -O /www/index.html http://redis:8080/; ${serve}`;
  const shop = await deploy('shop', site(shell, ['# link_service redis']));
  expect(shop, shop.stderr).toMatchObject({ code: 0 });
  expect((await host.get('shop')).body).toBe('one\n');
  const next = await deploy('shop_redis', redis('two'));
  expect(next.stderr).toContain('shop_redis has a new instance, so shop gets new ones');
  expect((await host.get('shop')).body).toBe('two\n');
  expect(await containers('shop')).toHaveLength(1);
});

it('PARITY bug 12: a second push with ADD_NAME and PORTS_FROM_HOST works; a failing one leaves the old', async () => {
  await mkdir(join(shared, 'in'));
  const comments = [
    '# ADD_NAME',
    `# PORTS_FROM_HOST ${hostPort} 8080 127.0.0.1`,
    `# MOUNT_FROM_HOST ${shared}/in /in`,
  ];
  const version = (text: string) =>
    site(`echo ${text} > /in/file; cp /in/file /www/index.html; ${serve}`, comments);
  const atHostPort = () => get({ httpUrl: `http://127.0.0.1:${hostPort}` }, 'any');
  for (const text of ['one', 'two']) {
    const done = await deploy('shop', version(text));
    expect(done, done.stderr).toMatchObject({ code: 0 });
    expect((await atHostPort()).body).toBe(`${text}\n`);
    expect((await host.get('shop')).body).toBe(`${text}\n`);
    expect((await containers('shop')).map(({ names }) => names)).toEqual([['/shop']]);
  }
  expect(await readFile(join(shared, 'in/file'), 'utf8')).toBe('two\n');
  const failing = await deploy('shop', site('exit 3', comments));
  expect(failing.code).toBe(1);
  expect((await atHostPort()).body).toBe('two\n');
  expect((await containers('shop')).map(({ names }) => names)).toEqual([['/shop']]);
  const again = await host.octo('converge', '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({ actions: [] });
});

it('PARITY bug 13: several ports, and one of TCP with the same of UDP, make one service', async () => {
  const ports = ['EXPOSE 8080/tcp 8080/udp 9090'];
  const done = await deploy('many', site(`echo many > /www/index.html; ${serve}`, [], ports));
  expect(done, done.stderr).toMatchObject({ code: 0 });
  expect((await host.get('many')).body).toBe('many\n');
});

it("capabilities, devices and the host's network are what the kernel gives, twice in a row", async () => {
  const port = await freePort();
  const shell = [
    'mkdir -p /www',
    '(grep CapEff /proc/self/status; ls -l /dev/full2; cat /proc/net/route) > /www/seen',
    `exec httpd -f -p ${port} -h /www`,
  ].join('; ');
  const near = (text: string) => ({
    Dockerfile: command(`${shell} # ${text}`, [`EXPOSE ${port}`]),
    '.octohost.yml': "capabilities: [NET_RAW]\ndevices: ['/dev/full:/dev/full2:r']\nhostNetwork: true\n",
  });
  const refused = await deploy('far', near('no rule'));
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('.octohost.yml line 1: the capability NET_RAW');
  for (const text of ['one', 'two']) {
    const done = await deploy('near', near(text));
    expect(done, done.stderr).toMatchObject({ code: 0 });
    const { body } = await host.get('near', '/seen');
    // The usual ones and NET_RAW, bit 13.
    expect(body).toMatch(/^CapEff:\s*00000000000024fb$/m);
    expect(body).toMatch(/^cr.*\b1,\s+7\b.*\/dev\/full2$/m);
    expect(body).toContain((await readFile('/proc/net/route', 'utf8')).split('\n')[1]);
  }
  const [one, ...more] = await containers('near');
  expect(more).toEqual([]);
  const docker = await connectDocker(host.instance.dockerHost);
  const { HostConfig } = await docker.getContainer(one?.id ?? '').inspect();
  expect(HostConfig).toMatchObject({
    NetworkMode: 'host',
    Privileged: false,
    SecurityOpt: ['no-new-privileges'],
  });
});

it('PARITY bug 16: no port of a container is bound to another address than the loopback', async () => {
  const docker = await connectDocker(host.instance.dockerHost);
  const all = await docker.listContainers({ filters: { label: ['octohost.site'] } });
  const addresses = all.flatMap(({ Ports }) => Ports.flatMap(({ IP }) => IP ?? []));
  expect(new Set(addresses)).toEqual(new Set(['127.0.0.1']));
});

it('what the operator does not allow is refused before a build, with the rule to write', async () => {
  const refused = await deploy('other', site(serve, [`# MOUNT_FROM_HOST ${shared}`]));
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain(`{ sites: 'other', mounts: ['${shared}'] }`);
  expect(refused.stderr).toMatch(/line \d+/);
  expect(refused.stderr).not.toContain('build');
});
