/** Services by hand on real components: routed beside the site's instances, through a deploy, until they are taken away. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PrivateInstance, page, privateInstance, ran } from '../helpers/private-instance.ts';

let host: PrivateInstance;
let elsewhere: Server;
let port: string;
beforeAll(async () => {
  elsewhere = createServer((_, response) => response.end('elsewhere'));
  elsewhere.listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  port = String((elsewhere.address() as AddressInfo).port);
  host = await privateInstance();
});
afterAll(async () => {
  elsewhere?.close();
  await host?.dispose();
});

/** Every body that the site answers with, asked often enough for two upstreams to take turns. */
async function bodies(site: string): Promise<string[]> {
  const answers = await Promise.all(Array.from({ length: 20 }, () => host.get(site)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  return [...new Set(answers.map(({ body }) => body))].toSorted();
}
const done = async (...words: string[]) => {
  const result = await host.octo(...words);
  expect(result.code, result.stderr).toBe(0);
  return result.stdout;
};

it('a service by hand is routed beside the instance, survives a deploy, and goes with service:rm', async () => {
  // Else one client, which the test is, would stay with one of them.
  await done('config:set', 'app', 'OCTO_STICKY=0');
  await host.push('app', page('one'));
  expect(await bodies('app')).toEqual(['one']);
  await done('service:set', 'app', '127.0.0.1', port);
  expect(await bodies('app')).toEqual(['elsewhere', 'one']);
  expect(await done('services', '--check')).toMatch(/passing[^\n]*\n[^\n]*passing/);

  const pushed = await host.push('app', { 'index.html': 'two' });
  expect(pushed.code, pushed.stderr).toBe(0);
  expect(await bodies('app')).toEqual(['elsewhere', 'two']);
  expect(await done('converge')).not.toMatch(/registered/);
  expect(await bodies('app')).toEqual(['elsewhere', 'two']);

  await done('service:rm', 'app', '127.0.0.1', port);
  expect(await bodies('app')).toEqual(['two']);
  expect(await done('converge')).toBe('Nothing to do.\n');
});

it('over ssh a key sees the services of its sites, and gives none by hand without the right to', async () => {
  await host.push('other', page('other'));
  const key = join(host.dir, 'alice');
  await ran('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const added = await host.ssh('keys:add alice --site app', { input: await readFile(`${key}.pub`) });
  expect(added.code, added.stderr).toBe(0);
  const as = (asked: string) => host.ssh(asked, { key, input: '' });
  const seen = JSON.parse((await as('services --json')).stdout).services as { site: string }[];
  expect([...new Set(seen.map(({ site }) => site))]).toEqual(['app']);
  for (const asked of ['service:set app 10.0.0.5 80', 'services --check', 'services other'])
    expect(await as(asked)).toMatchObject({ code: 77, stdout: '' });
  const set = await host.ssh(`service:set app 127.0.0.1 ${port}`, { input: '' });
  expect(set.code, set.stderr).toBe(0);
  expect(await bodies('app')).toEqual(['elsewhere', 'two']);
});
