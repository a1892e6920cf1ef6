/** From the embedded store to Consul and back, as plugins/consul/README.md tells it, while the site is asked for. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exitCodes } from '../../core/index.ts';
import { eventually } from '../contracts/fixture.ts';
import { probe } from '../faults/prober.ts';
import { type ConsulLab, consulLab } from '../helpers/consul-lab.ts';
import { done, type PrivateInstance, page, privateInstance } from '../helpers/private-instance.ts';

let dir: string;
let lab: ConsulLab;
let host: PrivateInstance;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octo-c-'));
  lab = await consulLab();
  host = await privateInstance();
});
afterAll(async () => {
  await host?.dispose();
  await lab?.dispose();
  await rm(dir, { recursive: true, force: true });
});

/** The instance's own configuration, with Consul in the place of the embedded two. */
async function onConsul(embedded: string): Promise<string> {
  return embedded
    .replace(/import \{ embeddedStore \}.*\n/, "import { consul } from 'octohost/plugins/consul';\n")
    .replace(/import \{ embeddedRegistrar \}.*\n/, '')
    .replace('embeddedStore()', `consul({ address: '${lab.address}' })`)
    .replace(/ *embeddedRegistrar\(\),\n/, '');
}

it('moves to Consul and back without a request that fails, and may be run again', async () => {
  const { configFile } = host.instance;
  const embedded = await readFile(configFile, 'utf8');
  const there = join(dir, 'consul.config.ts');
  const here = join(dir, 'embedded.config.ts');
  await writeFile(there, await onConsul(embedded));
  await writeFile(here, embedded);
  await done(host.octo('deploy', 'shop', await host.folder(page('one')), '--wait'));
  await done(host.octo('config:set', 'shop/COLOUR', 'blue'));
  const asking = probe(host.instance, `shop.${host.instance.domainSuffix}`);

  const copy = (from: string, to: string) =>
    eventually('nobody working', async () => {
      const ran = await host.octo('store:copy', '--from', from, '--to', to, '--json');
      // What a deploy does afterwards, in the background, holds a lock for a moment.
      return ran.code === exitCodes.locked
        ? undefined
        : JSON.parse((await done(Promise.resolve(ran))).stdout);
    });
  expect(await copy(here, there)).toMatchObject({ registered: 1, deregistered: 0, deleted: 0, left: [] });
  expect(await copy(here, there)).toEqual({
    written: 0,
    deleted: 0,
    registered: 0,
    deregistered: 0,
    left: [],
    unusable: [],
  });

  await writeFile(configFile, await onConsul(embedded));
  expect((await done(host.octo('config:get', 'shop/COLOUR'))).stdout.trim()).toBe('blue');
  await done(host.octo('converge'));
  const kept = await fetch(`${lab.address}/v1/kv/octohost/shop/COLOUR?raw`);
  expect(await kept.text()).toBe('blue');
  await done(host.octo('deploy', 'shop', await host.folder(page('two')), '--wait'));
  expect((await host.get('shop')).body).toBe('two');

  expect(await copy(there, here)).toMatchObject({ registered: 1, deregistered: 1 });
  await writeFile(configFile, embedded);
  await done(host.octo('converge'));
  await done(host.octo('deploy', 'shop', await host.folder(page('three')), '--wait'));
  expect((await host.get('shop')).body).toBe('three');

  const answers = [...(await asking.stop()).keys()];
  expect(answers.filter((answer) => !/one|two|three/.test(answer))).toEqual([]);
});
