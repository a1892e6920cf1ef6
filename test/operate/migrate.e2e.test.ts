/** An installation of the original octohost is taken over: real containers, started as it did, and a real Consul. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectDocker } from '../../cli/dev/docker-connection.ts';
import { type ConsulLab, consulLab } from '../helpers/consul-lab.ts';
import { type OwnLabels, ownLabels } from '../helpers/inspection.ts';
import { done, type PrivateInstance, page, privateInstance } from '../helpers/private-instance.ts';

let host: PrivateInstance;
let own: OwnLabels;
let consul: ConsulLab;
let docker: Docker;
let old: Docker.Container;

beforeAll(async () => {
  host = await privateInstance();
  own = await ownLabels(host);
  consul = await consulLab();
  docker = await connectDocker(host.instance.dockerHost);
  await keep('DOMAINS', 'shop.localhost www.shop.example');
  await keep('GREETING', 'a: value: with: colons');
  // docker run -d -P -e CONTAINER_NAME=shop -e GREETING=… octoprod/shop
  const base = await docker.createContainer({ Image: 'octohost/busybox:1' });
  await base.commit({
    repo: 'octoprod/shop',
    changes: [
      'EXPOSE 8080',
      'VOLUME /data',
      'CMD ["sh", "-c", "mkdir -p /www; echo -n before > /www/index.html; exec httpd -f -p 8080 -h /www"]',
    ],
  });
  await base.remove();
  old = await docker.createContainer({
    Image: 'octoprod/shop',
    Env: ['CONTAINER_NAME=shop', 'GREETING=a', 'MODE=production'],
    HostConfig: { PublishAllPorts: true },
    StopSignal: 'SIGKILL',
  });
  await old.start();
  await writeFile(
    join(host.dir, 'octohost'),
    `DOMAIN_SUFFIX="localhost"\nPUBLIC_IP=$(curl x)\nCONSUL_SERVER="${consul.address.replace('http://', '')}"\n`,
  );
});
afterAll(async () => {
  await old?.remove({ force: true }).catch(() => {});
  await docker?.getImage('octoprod/shop').remove({ force: true });
  await consul?.dispose();
  await host?.dispose();
});

async function keep(key: string, value: string): Promise<void> {
  const answer = await fetch(`${consul.address}/v1/kv/octohost/shop/${key}`, { method: 'PUT', body: value });
  expect(answer.ok).toBe(true);
}

const migrate = (...words: string[]) => host.octo('migrate', '--from', join(host.dir, 'octohost'), ...words);
/** The names of its volumes, by the paths where they are. */
async function volumesOf(container: string): Promise<Record<string, string | undefined>> {
  const { Mounts } = await docker.getContainer(container).inspect();
  return Object.fromEntries(Mounts.map(({ Destination, Name }) => [Destination, Name]));
}
const begun = async () => (await old.inspect()).State.StartedAt;

it('takes a running container over without a restart, and a deploy replaces it with no request lost', async () => {
  const before = await begun();
  const { id } = old;
  const volumes = await volumesOf(id);
  expect(Object.keys(volumes)).toEqual(['/data']);

  const plan = JSON.parse((await done(migrate('--dry-run', '--json'))).stdout);
  expect(plan.sites).toMatchObject([{ site: 'shop', state: 'adopted' }]);
  expect((await host.octo('sites')).stdout).toBe('');

  await done(migrate());
  expect(await begun()).toBe(before);
  expect(await host.get('shop')).toEqual({ status: 200, body: 'before' });
  expect((await done(host.octo('config:get', 'shop/GREETING'))).stdout).toBe('a: value: with: colons\n');
  expect((await done(host.octo('config:get', 'shop/MODE'))).stdout).toBe('production\n');
  expect((await done(host.octo('domains', 'shop'))).stdout).toContain('www.shop.example');
  expect(JSON.parse((await done(host.octo('status', 'shop', '--json'))).stdout)).toMatchObject({
    state: 'up',
    release: 1,
    running: 1,
  });

  expect((await done(migrate())).stdout).toContain('Nothing to do.');
  expect((await done(host.octo('converge'))).stdout).toContain('Nothing to do.');
  expect(await begun()).toBe(before);
  const portOf = async () => (await old.inspect()).NetworkSettings.Ports['8080/tcp']?.[0]?.HostPort;
  const port = await portOf();
  await old.restart();
  expect(await portOf()).not.toBe(port);
  await done(host.octo('converge'));
  await expect.poll(() => host.get('shop'), { timeout: 30_000 }).toEqual({ status: 200, body: 'before' });
  expect((await old.inspect()).HostConfig.RestartPolicy?.Name).toBe('unless-stopped');

  const load = { over: false };
  const answers: { status: number; body: string }[] = [];
  const client = (async () => {
    while (!load.over) answers.push(await host.get('shop'));
  })();
  await done(host.octo('deploy', 'shop', await host.folder(page('after')), '--wait'));
  load.over = true;
  await client;
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(['before', 'after']));
  expect((await docker.listContainers({ all: true })).some(({ Id }) => Id === id)).toBe(false);
  expect(await host.get('shop')).toEqual({ status: 200, body: 'after' });
  const [current] = await docker.listContainers({ filters: own('octohost.site=shop') });
  expect(await volumesOf(current?.Id ?? '')).toEqual(volumes);
});
