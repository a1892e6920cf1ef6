/** What is wrong with a Consul, its token or what others put there, on a real one: said, and nothing of others touched. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../../cli/dev/consul-server.ts';
import { type InstanceService, isOctohostError, parseSiteName } from '../../../core/index.ts';
import { type ConsulLab, consulLab, provided } from '../../helpers/consul-lab.ts';

const master = 'b1a6c0de-0000-4000-8000-000000000001';
const wrong = 'b1a6c0de-0000-4000-8000-00000000bad0';
const installation = '0a1b2c3d';
const site = parseSiteName('app');
const service: InstanceService = {
  kind: 'instance',
  id: 'app-127.0.0.1-20001',
  site,
  address: '127.0.0.1',
  port: 20_001,
  tags: ['http'],
  check: { http: 'http://127.0.0.1:20001', interval: '15s' },
  instance: 'i1',
  deploy: 'd1',
  spec: 's1',
};

let open: ConsulLab;
let guarded: ConsulLab;
beforeAll(async () => {
  [open, guarded] = await Promise.all([
    consulLab(),
    consulLab({
      acl: { enabled: true, default_policy: 'deny', tokens: { master } },
      primary_datacenter: 'dc1',
      datacenter: 'dc1',
    }),
  ]);
});
afterAll(() => Promise.all([open?.dispose(), guarded?.dispose()]));

async function failure(work: Promise<unknown>): Promise<Error & { code?: string; hint?: string }> {
  const error = await work.then(
    () => new Error('It went well.'),
    (thrown: unknown) => thrown as Error,
  );
  expect(isOctohostError(error), error.stack).toBe(true);
  return error;
}

/** As another client of Consul does it. */
async function outside(path: string, method = 'GET', body?: string): Promise<string> {
  const answer = await fetch(`${open.address}${path}`, { method, ...(body === undefined ? {} : { body }) });
  expect(answer.status, path).toBeLessThan(300);
  return answer.text();
}

describe('a token', () => {
  it.each([
    { what: 'that nobody knows', token: wrong },
    { what: 'that is missing', token: undefined },
  ])('$what is refused by every method, and is in no error', async ({ token }) => {
    const { store, registrar } = provided({
      address: guarded.address,
      patienceSeconds: 1,
      ...(token ? { token } : {}),
    });
    for (const work of [
      () => store.get('octohost-state/x'),
      () => store.list('octohost/'),
      () => store.transact([{ kind: 'set', key: 'octohost-state/x', value: 'x' }]),
      () => registrar.list(),
      () => registrar.list(site),
      () => registrar.register(service),
      () => registrar.deregister(service.id),
    ]) {
      const error = await failure(work());
      expect(error).toMatchObject({ code: 'E_CONSUL_REFUSED', hint: expect.stringContaining('token') });
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(wrong);
    }
    await store.close();
  });

  it('from a file, from the options or from the environment is used', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'octo-c-'));
    const tokenFile = join(dir, 'token');
    await writeFile(tokenFile, `${master}\n`);
    for (const options of [{ token: master }, { tokenFile }]) {
      const { store, registrar } = provided({ address: guarded.address, ...options });
      expect(await store.list('octohost/')).toEqual([]);
      expect(await registrar.list()).toEqual([]);
      await store.close();
    }
    const missing = provided({ address: guarded.address, tokenFile: join(dir, 'none') });
    expect(await failure(missing.store.get('octohost/x'))).toMatchObject({ code: 'E_CONSUL_SECRET' });
    await rm(dir, { recursive: true });
  });
});

describe('the rules that README.md lists', () => {
  it('are enough for everything', async () => {
    const readme = await readFile(new URL('../../../plugins/consul/README.md', import.meta.url), 'utf8');
    const [, Rules = ''] = /```hcl\n([^`]*)```/.exec(readme) ?? [];
    const make = async (path: string, facts: object) => {
      const headers = { 'X-Consul-Token': master };
      const body = JSON.stringify(facts);
      const answer = await fetch(`${guarded.address}${path}`, { method: 'PUT', headers, body });
      expect(answer.status, path).toBe(200);
      return answer.json() as Promise<{ SecretID: string }>;
    };
    await make('/v1/acl/policy', { Name: 'octohost', Rules });
    const { SecretID: token } = await make('/v1/acl/token', { Policies: [{ Name: 'octohost' }] });
    const { store, registrar } = provided({ address: guarded.address, token }, installation);
    await store.transact([{ kind: 'set', key: 'octohost-state/a', value: 'x', expect: 'absent' }]);
    expect(await store.list('octohost-state/')).toMatchObject([{ value: 'x' }]);
    await registrar.register(service);
    expect(await registrar.list()).toMatchObject([service]);
    expect(await registrar.list(site)).toMatchObject([service]);
    await registrar.deregister(service.id);
    expect(await registrar.list()).toEqual([]);
    await store.transact([{ kind: 'delete', key: 'octohost-state/a' }]);
    await store.close();
  });
});

describe('an address', () => {
  it('where nobody listens is unavailable, told within the patience', async () => {
    const { http } = await freePorts();
    const { store } = provided({ address: `http://127.0.0.1:${http}`, patienceSeconds: 0.3 });
    const error = await failure(store.get('octohost/x'));
    expect(error).toMatchObject({
      code: 'E_CONSUL_UNAVAILABLE',
      message: expect.stringContaining(String(http)),
    });
  });

  it('of something else says that it is not Consul', async () => {
    const other = createServer((_, response) => response.writeHead(418).end('a teapot'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { store } = provided({ address: `http://127.0.0.1:${port}`, patienceSeconds: 0.3 });
    expect(await failure(store.get('octohost/x'))).toMatchObject({ code: 'E_CONSUL_ANSWER' });
    await store.close();
    await new Promise((resolve) => other.close(resolve));
  });

  it('that never answers is given up after the time of a request and the patience', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const { store } = provided({
      address: `http://127.0.0.1:${port}`,
      requestSeconds: 0.2,
      patienceSeconds: 0.5,
    });
    expect(await failure(store.get('octohost/x'))).toMatchObject({ code: 'E_CONSUL_UNAVAILABLE' });
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  });

  it('of https where the port speaks http, and with a certificate that nobody vouches for, is a TLS error', async () => {
    const plain = provided({ address: open.address.replace('http:', 'https:'), patienceSeconds: 0.3 });
    expect(await failure(plain.store.get('octohost/x'))).toMatchObject({ code: 'E_CONSUL_TLS' });
    const dir = await mkdtemp(join(tmpdir(), 'octo-c-'));
    const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
    const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const more = [
      '-subj',
      '/CN=consul',
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-keyout',
      key,
      '-out',
      cert,
    ];
    await promisify(execFile)('openssl', [...words, ...more]);
    const { http: https } = await freePorts();
    const lab = await consulLab(
      { key_file: key, cert_file: cert, addresses: { https: '127.0.0.1' } },
      { https },
    );
    const address = `https://127.0.0.1:${https}`;
    const unknown = provided({ address, patienceSeconds: 0.3 });
    expect(await failure(unknown.store.get('octohost/x'))).toMatchObject({ code: 'E_CONSUL_TLS' });
    const trusted = provided({ address, tls: { ca: cert } });
    expect(await trusted.store.list('octohost/')).toEqual([]);
    const mistaken = provided({ address: address.replace('https:', 'http:'), patienceSeconds: 0.3 });
    expect(await failure(mistaken.store.get('octohost/x'))).toMatchObject({ code: 'E_CONSUL_TLS' });
    await Promise.all([trusted, unknown, mistaken, plain].map(({ store }) => store.close()));
    await lab.dispose();
    await rm(dir, { recursive: true });
  });
});

describe('what others put into Consul', () => {
  it('is wanted configuration where it is a setting, whatever lies beside it', async () => {
    const { store } = provided({ address: open.address });
    await outside('/v1/kv/octohost/app/COLOUR', 'PUT', 'blue');
    await outside('/v1/kv/octohost/app/', 'PUT', '');
    await outside('/v1/kv/elsewhere/app/COLOUR', 'PUT', 'red');
    expect(await store.list('octohost/app/')).toMatchObject([{ key: 'octohost/app/COLOUR', value: 'blue' }]);
    await store.transact([{ kind: 'set', key: 'octohost/app/COLOUR', value: 'green' }]);
    expect(await outside('/v1/kv/octohost/app/COLOUR?raw')).toBe('green');
    await store.transact([{ kind: 'delete', key: 'octohost/app/COLOUR' }]);
    expect(await outside('/v1/kv/elsewhere/app/COLOUR?raw')).toBe('red');
    expect(JSON.parse(await outside('/v1/kv/octohost/?keys'))).toEqual(['octohost/app/']);
    await store.close();
  });

  it('does not hide other keys where it is no text, and is named where it is asked for', async () => {
    const { store } = provided({ address: open.address });
    await outside('/v1/kv/octohost/odd/GOOD', 'PUT', 'yes');
    const answer = await fetch(`${open.address}/v1/kv/octohost/odd/HALF`, {
      method: 'PUT',
      body: new Uint8Array([0xc3]),
    });
    expect(answer.ok).toBe(true);
    expect((await store.list('octohost/odd/')).map(({ key }) => key)).toEqual(['octohost/odd/GOOD']);
    const several = await store.getMany?.(['octohost/odd/HALF', 'octohost/odd/GOOD']);
    expect(several?.map(({ key }) => key)).toEqual(['octohost/odd/GOOD']);
    expect(await store.unusable('octohost/odd/')).toEqual([
      { name: 'octohost/odd/HALF', problem: 'is not Unicode text' },
    ]);
    expect(await failure(store.get('octohost/odd/HALF'))).toMatchObject({
      code: 'E_CONSUL_VALUE',
      message: expect.stringContaining('octohost/odd/HALF'),
    });
    await store.close();
  });

  it('is left as it is where it is a service, of the same name or of the same id', async () => {
    const { store, registrar } = provided({ address: open.address }, installation);
    const foreign = { Name: 'app', Address: '10.9.8.7', Port: 80, Tags: ['theirs'] };
    await outside('/v1/agent/service/register', 'PUT', JSON.stringify({ ID: 'app-theirs', ...foreign }));
    await outside('/v1/agent/service/register', 'PUT', JSON.stringify({ ID: service.id, ...foreign }));
    expect(await registrar.list(site)).toEqual([]);
    const problem = 'at 10.9.8.7:80 was not registered by this octohost, and is not routed';
    expect((await registrar.unusable(site)).toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: service.id, problem },
      { name: 'app-theirs', problem },
    ]);
    expect(await failure(registrar.register(service))).toMatchObject({ code: 'E_CONSUL_FOREIGN' });
    await registrar.deregister(service.id);
    await registrar.deregister('app-theirs');
    const agent = JSON.parse(await outside('/v1/agent/services'));
    expect(Object.keys(agent).toSorted()).toEqual([service.id, 'app-theirs']);
    expect(agent[service.id]).toMatchObject({ Address: '10.9.8.7', Tags: ['theirs'] });
    for (const id of Object.keys(agent)) await outside(`/v1/agent/service/deregister/${id}`, 'PUT');
    await store.close();
  });

  it('hides no other service where it has our mark and cannot be read, and stays', async () => {
    const { store, registrar } = provided({ address: open.address }, installation);
    await registrar.register(service);
    const Meta = { 'octohost-installation': installation };
    const half = { ID: 'app-half', Name: 'app', Address: '10.9.8.7', Port: 80, Meta };
    await outside('/v1/agent/service/register', 'PUT', JSON.stringify(half));
    await expect.poll(() => outside('/v1/health/service/app'), { timeout: 10_000 }).toContain('app-half');
    for (const list of [() => registrar.list(site), () => registrar.list()])
      expect(await list()).toMatchObject([{ id: service.id }]);
    for (const unusable of [() => registrar.unusable(site), () => registrar.unusable()])
      expect(await unusable()).toMatchObject([
        { name: 'app-half', problem: expect.stringContaining('our mark') },
      ]);
    await registrar.deregister(service.id);
    expect(Object.keys(JSON.parse(await outside('/v1/agent/services')))).toEqual(['app-half']);
    await outside('/v1/agent/service/deregister/app-half', 'PUT');
    await store.close();
  });

  it('does not lead the token to an agent that the options do not name', async () => {
    const { store, registrar } = provided({ address: open.address }, installation);
    await registrar.register(service);
    const agent = JSON.parse(await outside('/v1/agent/services'))[service.id];
    const Meta = { ...agent.Meta, 'octohost-agent': 'http://192.0.2.1:8500' };
    const moved = {
      ID: agent.ID,
      Name: agent.Service,
      Address: agent.Address,
      Port: agent.Port,
      Tags: agent.Tags,
      Meta,
    };
    await outside('/v1/agent/service/register', 'PUT', JSON.stringify(moved));
    await expect.poll(() => outside('/v1/health/service/app'), { timeout: 10_000 }).toContain('192.0.2.1');
    for (const work of [
      () => registrar.deregister(service.id),
      () => registrar.register({ ...service, spec: 's2' }),
    ])
      expect(await failure(work())).toMatchObject({ code: 'E_CONSUL_AGENT' });
    await outside(`/v1/agent/service/deregister/${service.id}`, 'PUT');
    await store.close();
  });
});

it('tells an agent the fields of the original, and Meta', async () => {
  const { store, registrar } = provided({ address: open.address }, installation);
  await registrar.register(service);
  const told = JSON.parse(await outside('/v1/agent/service/app-127.0.0.1-20001'));
  expect(told).toMatchObject({
    ID: 'app-127.0.0.1-20001',
    Service: 'app',
    Address: '127.0.0.1',
    Port: 20_001,
    Tags: ['http'],
    Meta: { 'octohost-installation': installation, 'octohost-agent': open.address },
  });
  const checks = Object.values(JSON.parse(await outside('/v1/agent/checks')));
  expect(checks).toMatchObject([{ ServiceID: service.id, Type: 'http' }]);
  expect(await registrar.list(site)).toMatchObject([{ ...service, health: 'unknown' }]);
  await registrar.deregister(service.id);
  expect(JSON.parse(await outside('/v1/agent/checks'))).toEqual({});
  await store.close();
});
