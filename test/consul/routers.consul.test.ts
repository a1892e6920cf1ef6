/** Two hosts with a router each, fed by one Consul: a deploy on one of them, and what its end waits for on the other. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { baseImage } from '../../cli/dev/busybox-image.ts';
import { eventually } from '../contracts/fixture.ts';
import { probe } from '../faults/prober.ts';
import { type ConsulLab, consulLab } from '../helpers/consul-lab.ts';
import { command, done, type PrivateInstance, writeFiles } from '../helpers/private-instance.ts';
import { type Host, makeHost, type SecondRouter, secondRouter } from './second-host.ts';
import { siteUnderFault } from './site-under-fault.ts';

let dir: string;
let lab: ConsulLab;
let cable: Host;
let first: PrivateInstance;
let second: SecondRouter;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octo-c-'));
  cable = await makeHost(2);
  lab = await consulLab({ client_addr: `127.0.0.1 ${cable.here}` });
  const address = lab.address.replace('127.0.0.1', cable.here);
  ({ host: first } = await siteUnderFault(dir, { address }, cable.here));
  const { configFile, domainSuffix } = first.instance;
  second = await secondRouter(cable, { configFile, dir: join(dir, 'second'), domainSuffix });
});
afterAll(async () => {
  await second?.dispose();
  await first?.dispose();
  await lab?.dispose();
  await cable?.dispose();
  await rm(dir, { recursive: true, force: true });
});

/** A version that shows a text, and answers /cgi-bin/slow once /cgi-bin/go was asked for. */
function version(text: string): Record<string, string> {
  const script = (shell: string) => `#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\n${shell}\n`;
  return {
    Dockerfile: [
      `FROM ${baseImage}`,
      'COPY . /www/',
      'RUN chmod +x /www/cgi-bin/*',
      'EXPOSE 8080',
      'STOPSIGNAL SIGKILL',
      'CMD ["httpd", "-f", "-p", "8080", "-h", "/www"]',
      '',
    ].join('\n'),
    'index.html': text,
    'cgi-bin/slow': script(
      `touch /tmp/begun; until [ -e /tmp/go ]; do sleep 0.05; done; echo '${text} to the end'`,
    ),
    'cgi-bin/begun': script('ls /tmp/begun'),
    'cgi-bin/go': script('touch /tmp/go'),
  };
}

/** What Consul says to anybody who asks. */
async function ask<Answer>(path: string, init?: RequestInit): Promise<Answer | undefined> {
  const answer = await fetch(`${lab.address}/v1/${path}`, init);
  const text = answer.ok ? await answer.text() : '';
  return text === '' ? undefined : (JSON.parse(text) as Answer);
}

interface Entry {
  readonly ServiceID: string;
  readonly ServiceAddress: string;
  readonly ServicePort: number;
  readonly ServiceTags: string[];
  readonly ServiceMeta: Record<string, string>;
}
const catalog = async () => (await ask<Entry[]>('catalog/service/shop')) ?? [];

type Asked = Pick<SecondRouter, 'get'>;
const deploy = async (text: string, ...words: string[]) =>
  done(first.octo('deploy', 'shop', await first.folder(version(text)), ...words));
const shown = async (router: Asked) => (await router.get('shop')).body.trim();
const untilShown = (router: Asked, text: string) =>
  eventually(`it to show ${text}`, async () => (await shown(router)) === text, 60);

it('serve the same routes, and a deploy is seen on both without a request that fails', async () => {
  await untilShown(second, 'version 1');
  const host = `shop.${first.instance.domainSuffix}`;
  const probers = [probe(first.instance, host), probe(second, host)];
  // Any instance may answer: more than one client would be needed otherwise.
  await done(first.octo('config:set', 'shop/OCTO_STICKY', '0'));
  const texts = ['two', 'three', 'four'];
  for (const text of texts) {
    await deploy(text, '--wait');
    await Promise.all([untilShown(first, text), untilShown(second, text)]);
  }
  for (const prober of probers) {
    const answers = [...(await prober.stop()).keys()];
    expect(
      answers.filter((answer) => !['version 1', ...texts].some((text) => answer.includes(text))),
    ).toEqual([]);
  }
});

it('an instance ends only when the other host’s router has passed on its last answer', async () => {
  const [old] = await catalog();
  const direct = `http://${old?.ServiceAddress}:${old?.ServicePort}/cgi-bin`;
  const slow = second.get('shop', '/cgi-bin/slow');
  const begun = async () => (await (await fetch(`${direct}/begun`)).text()).includes('begun');
  await eventually('the request to be with the instance', begun);
  let isOver = false;
  const deployed = deploy('five', '--wait').finally(() => {
    isOver = true;
  });
  await Promise.all([untilShown(first, 'five'), untilShown(second, 'five')]);
  for (let asked = 0; asked < 200; asked++)
    for (const router of [first, second]) expect(await shown(router)).toBe('five');
  expect(isOver).toBe(false);
  await fetch(`${direct}/go`);
  expect(await slow).toEqual({ status: 200, body: 'four to the end\n' });
  await deployed;
});

it('what another client registers at another address is routed like ours, by both, and stays', async () => {
  const port = 9090;
  await writeFiles(join(dir, 'elsewhere'), { 'index.html': 'of another host' });
  const [program, ...words] = cable.words('busybox', 'httpd', '-f', '-p', `${cable.there}:${port}`);
  const server = spawn(program, [...words, '-h', join(dir, 'elsewhere')], { stdio: 'ignore' });
  const [own] = await catalog();
  const facts = Object.entries(own?.ServiceMeta ?? {}).filter(([name]) => !/agent|check|interval/.test(name));
  const definition = {
    ID: 'shop-elsewhere',
    Name: 'shop',
    Address: cable.there,
    Port: port,
    Tags: own?.ServiceTags,
    Meta: { ...Object.fromEntries(facts), 'octohost-instance': 'of another host' },
  };
  await ask('agent/service/register', { method: 'PUT', body: JSON.stringify(definition) });
  await done(first.octo('converge'));
  for (const router of [first, second])
    for (const text of ['five', 'of another host']) await untilShown(router, text);
  expect((await catalog()).map(({ ServiceID }) => ServiceID)).toContain('shop-elsewhere');
  await deploy('six', '--wait');
  await Promise.all([untilShown(first, 'six'), untilShown(second, 'six')]);
  for (const router of [first, second])
    expect(await Promise.all([1, 2, 3, 4].map(() => shown(router)))).toEqual(Array(4).fill('six'));
  await ask('agent/service/deregister/shop-elsewhere', { method: 'PUT' });
  server.kill('SIGKILL');
});

it('is not kept waiting for ever by a host that is gone', async () => {
  second.kill('SIGKILL');
  await deploy('seven', '--wait');
  expect(await catalog()).toHaveLength(1);
  second.start();
  await untilShown(second, 'seven');
});

it('a deploy that was killed on one host holds up the next one on the other until its lease expires', async () => {
  const silent = await first.folder({ Dockerfile: command('sleep 1000') });
  const killed = second.begin('deploy', 'shop', silent);
  const lease = 'kv/octohost-state/leases/site/shop?raw';
  await eventually('it to work', async () => {
    const record = await ask<{ holder: { host: string; purpose: string } | null }>(lease);
    return record?.holder?.host === cable.name && record.holder.purpose.startsWith('deploy');
  });
  killed.kill('SIGKILL');
  const { stderr } = await deploy('eight', '--wait');
  expect(stderr).toContain(`on ${cable.name}`);
  await Promise.all([untilShown(first, 'eight'), untilShown(second, 'eight')]);
  expect(await catalog()).toHaveLength(1);
});
