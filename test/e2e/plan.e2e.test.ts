/** A plan on a real instance: it says what the deploy then does, and leaves no trace. */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import Dockerode from 'dockerode';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Preview } from '../../core/index.ts';
import { type OwnEngine, ownEngine } from '../helpers/docker-engine.ts';
import { nginxText } from '../helpers/nginx-text.ts';
import { type PrivateInstance, page, privateInstance } from '../helpers/private-instance.ts';

// All of an engine is looked at: nobody else may use it.
let engine: OwnEngine;
let host: PrivateInstance;
let docker: Dockerode;
beforeAll(async () => {
  engine = await ownEngine();
  host = await privateInstance({ dockerHost: engine.dockerHost });
  docker = new Dockerode({ socketPath: host.instance.dockerHost.replace('unix://', '') });
  await host.octo('config:set', 'app/TOKEN', 'secret');
  expect(await host.push('app', page('one'))).toMatchObject({ code: 0 });
  await host.octo('converge');
});
afterAll(async () => {
  await host?.dispose();
  await engine?.dispose();
});

const data = () => join(host.dir, 'i', 'data');

/** Each file below the data folder with its content and the time of its last change; of the store what is in it. */
async function files(folder = data()): Promise<string[]> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((one) =>
    one.isFile(),
  );
  const lines = names.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name);
    const content = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    return `${path} ${content} ${(await stat(path)).mtimeMs}`;
  });
  return (await Promise.all(lines)).filter((line) => !line.includes('store.sqlite')).toSorted();
}

async function stored(): Promise<unknown> {
  const { consul } = host.instance;
  if (consul !== undefined) {
    const entries = (await (await fetch(`${consul}/v1/kv/?recurse`)).json()) as Record<string, unknown>[];
    return entries.map(({ Key, Value }) => [Key, Value]);
  }
  const file = new DatabaseSync(join(data(), 'store.sqlite'), { readOnly: true });
  try {
    return file.prepare('SELECT * FROM entries ORDER BY key').all();
  } finally {
    file.close();
  }
}

const picture = async () => ({
  files: await files(),
  stored: await stored(),
  containers: (await docker.listContainers({ all: true })).map(({ Id, State }) => [Id, State]),
  images: (await docker.listImages({ all: true })).map(({ Id, RepoTags }) => [Id, RepoTags]),
  networks: (await docker.listNetworks()).map(({ Id }) => Id).toSorted(),
  volumes: (await docker.listVolumes()).Volumes.map(({ Name }) => Name).toSorted(),
});

it('by each of its three names changes nothing at all, and the three say the same', async () => {
  const next = { ...page('two'), CNAME: 'www.plan.test\n' };
  const folder = await host.folder(next);
  const before = await picture();
  const plan = await host.octo('plan', 'app', folder);
  const dry = await host.octo('deploy', 'app', folder, '--dry-run');
  expect(plan, plan.stderr).toMatchObject({ code: 0 });
  expect(dry.stdout).toBe(plan.stdout);
  expect(await picture()).toEqual(before);
  // A tag brings the commit, and deploys nothing.
  await host.push('app', next, 'HEAD:refs/tags/planned');
  const settled = await picture();
  const url = host.instance.pushUrl.replace('{site}', 'app');
  const pushed = await host.git('app', 'push', '-o', 'plan', url, 'main');
  expect(pushed.code).not.toBe(0);
  const shown = pushed.stderr.replaceAll(/^remote: ?/gm, '').replaceAll(/ +$/gm, '');
  for (const fact of [
    'release 2, in the place of release 1',
    'built by Dockerfile',
    'domains gained: www.plan.test',
  ])
    expect([plan.stdout, shown].map((text) => text.includes(fact))).toEqual([true, true]);
  expect(shown).toMatch(/^ +\+host www\.plan\.test \S+$/m);
  expect(shown).toMatch(/^ +\+.* 127\.0\.0\.1:\d+/m);
  expect(plan.stdout).not.toContain('secret');
  expect(await picture()).toEqual(settled);
});

it('says what the deploy then does', async () => {
  const folder = await host.folder({ ...page('three'), CNAME: 'www.plan.test\n' });
  const { sites, router } = JSON.parse((await host.octo('plan', 'app', folder, '--json')).stdout) as Preview;
  const address = /^\+.* (127\.0\.0\.1:\d+)/m.exec(router.join('\n'))?.[1] ?? 'none';
  expect(sites).toMatchObject([
    { release: 2, instances: { started: 1, kept: [] }, gained: ['www.plan.test'] },
  ]);
  expect(await host.octo('deploy', 'app', folder, '--wait')).toMatchObject({ code: 0 });
  const routes = await nginxText(join(host.dir, 'i'));
  expect(routes).toContain('www.plan.test');
  expect(routes).toContain(address);
});

it('of the tree that runs says that nothing would be built, started or routed', async () => {
  await host.push('same', page('same'));
  const url = host.instance.pushUrl.replace('{site}', 'same');
  await host.git('same', 'commit', '-q', '--allow-empty', '-m', 'The same tree');
  const { stderr } = await host.git('same', 'push', '-o', 'plan', url, 'main');
  expect(stderr).toContain('no build: release 1 has the same tree');
  expect(stderr).toContain('instances: 1 (1 kept, 0 started), 0 ended');
  expect(stderr).toContain('stay as they are');
});
