/** The registry is the last step and stops nothing: down, it is told and tried again; after a rollback its tag goes back. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Account, type ImageRegistry, startImageRegistry } from '../docker/image-registry.ts';
import { freePort } from '../docker/lab.ts';
import { type PrivateInstance, page, privateInstance } from '../helpers/private-instance.ts';

const account: Account = {
  username: 'octo',
  password: 'hush-hush',
  line: 'octo:$2b$05$abcdefghijklmnopqrstuu4uoW5CdSDmY8cLkib7pLDRBlvRVo8Pe',
};
const plugins = [
  ['dockerfileBuilder', 'dockerfile-builder'],
  ['imageBuilder', 'image-builder'],
  ['dockerRuntime', 'docker-runtime'],
  ['embeddedStore', 'embedded-store'],
  ['embeddedRegistrar', 'embedded-registrar'],
  ['nginxRouter', 'nginx-router'],
] as const;

let dir: string;
let port: number;
let host: PrivateInstance;
let registry: ImageRegistry | undefined;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octo-r-'));
  port = await freePort();
  await writeFile(join(dir, 'password'), `${account.password}\n`);
  await writeFile(join(dir, 'octohost.config.ts'), configuration());
  host = await privateInstance({ config: join(dir, 'octohost.config.ts') });
});
afterAll(async () => {
  await host?.dispose();
  await registry?.stop();
  await rm(dir, { recursive: true, force: true });
});

function configuration(): string {
  const publisher = {
    registry: `127.0.0.1:${port}`,
    username: account.username,
    passwordFile: join(dir, 'password'),
  };
  return [
    "import { defineConfig } from 'octohost';",
    ...plugins.map(([factory, folder]) => `import { ${factory} } from 'octohost/plugins/${folder}';`),
    "import { registryPublisher } from 'octohost/plugins/registry-publisher';",
    'export default defineConfig({',
    `  plugins: [${plugins.map(([factory]) => `${factory}()`).join(', ')},`,
    `    registryPublisher(${JSON.stringify(publisher)})],`,
    '});',
    '',
  ].join('\n');
}

const latest = () => registry?.digest('shop', 'latest');

it('a push while the registry is down is live, and says that it is not published', async () => {
  const pushed = await host.push('shop', page('one'));
  expect(pushed.code, pushed.stderr).toBe(0);
  expect(pushed.stderr).toMatch(/warning: current, not published: .*connection refused.*octo converge shop/);
  expect((await host.get('shop')).body).toBe('one');
  expect((await host.octo('status', 'shop')).stdout).toContain('current, not published');
  expect((await host.octo('releases', 'shop')).stdout).toMatch(/^1 \* .*not published/m);
  const converged = await host.octo('converge');
  expect(converged.code).toBe(1);
  expect(converged.stderr).toContain('connection refused');
});

it('converge publishes once it is up', async () => {
  registry = await startImageRegistry({ account, port });
  const converged = await host.octo('converge');
  expect(converged.code, converged.stderr).toBe(0);
  expect(converged.stdout).toContain(`published 127.0.0.1:${port}/shop@${await latest()}`);
  expect((await host.octo('status', 'shop')).stdout).not.toContain('not published');
  expect((await host.octo('converge')).stdout).toMatch(/nothing to do/i);
});

it('a rollback moves the tag back to the old image', async () => {
  const first = await latest();
  const pushed = await host.push('shop', page('two'));
  expect(pushed.code, pushed.stderr).toBe(0);
  const second = await latest();
  expect(second).toMatch(/^sha256:/);
  expect(second).not.toBe(first);
  const back = await host.octo('rollback', 'shop');
  expect(back.code, back.stderr).toBe(0);
  expect(await latest()).toBe(first);
  expect((await host.octo('push', 'shop')).stdout).toBe(
    `Release 3 of shop is 127.0.0.1:${port}/shop@${first}\n`,
  );
});

it('what was published comes back and runs, over ssh too', async () => {
  const pulled = await host.ssh('pull shop 2');
  expect(pulled.code, pulled.stderr).toBe(0);
  const [, command] = /^To run it: octo (deploy shop --image \S+)$/m.exec(pulled.stdout) ?? [];
  const deployed = await host.ssh(command ?? '');
  expect(deployed.code, deployed.stderr).toBe(0);
  expect((await host.get('shop')).body).toBe('two');
});

it('the password is in nothing that was said or kept', async () => {
  const said = await Promise.all([
    host.octo('attach', 'shop'),
    host.octo('explain', 'shop'),
    host.octo('releases', 'shop', '--json'),
  ]);
  expect(JSON.stringify(said)).not.toContain(account.password);
});
