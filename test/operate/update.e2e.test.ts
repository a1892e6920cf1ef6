/** Another version of octohost takes over running sites: no request is lost, and no container is restarted. */
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectDocker } from '../../cli/dev/docker-connection.ts';
import { type OwnLabels, ownLabels } from '../helpers/inspection.ts';
import {
  done,
  octoPath,
  type PrivateInstance,
  page,
  privateInstance,
  ran,
} from '../helpers/private-instance.ts';

const root = dirname(dirname(dirname(octoPath)));

let host: PrivateInstance;
let own: OwnLabels;
beforeAll(async () => {
  host = await privateInstance();
  own = await ownLabels(host);
});
afterAll(() => host?.dispose());

/** The same tree as a package of another version, at another place. */
async function nextVersion(version: string): Promise<string> {
  const folder = join(host.dir, 'next');
  await mkdir(join(folder, 'cli', 'door'), { recursive: true });
  await cp(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  await cp(join(root, 'cli', 'bin'), join(folder, 'cli', 'bin'), { recursive: true });
  await cp(join(root, 'cli', 'door', 'hooks'), join(folder, 'cli', 'door', 'hooks'), { recursive: true });
  // As in the published package: without it what was built is run.
  await rm(join(folder, 'cli', 'bin', 'main.ts'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  const facts = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as object;
  await writeFile(join(folder, 'package.json'), JSON.stringify({ ...facts, version }));
  return join(folder, 'cli', 'bin', 'octo');
}

/** What runs, by id, with the moment that its process began. */
async function containers(): Promise<string[]> {
  const docker = await connectDocker(host.instance.dockerHost);
  const found = await docker.listContainers({ filters: own('octohost.site=shop') });
  const facts = await Promise.all(found.map(({ Id }) => docker.getContainer(Id).inspect()));
  return facts.map(({ Id, State, RestartCount }) => `${Id} ${State.StartedAt} ${RestartCount}`).toSorted();
}

it('takes over with no request lost and no container restarted', async () => {
  await done(host.octo('deploy', 'shop', await host.folder(page('one')), '--wait'));
  await done(host.octo('scale', 'shop', '2', '--wait'));
  const before = await containers();
  const next = await nextVersion('9.9.9');
  const env = { ...process.env, OCTOHOST_CONFIG: host.instance.configFile };
  const octo = (...words: string[]) => ran(next, words, { env });

  const load = { over: false };
  const answers: number[] = [];
  const client = (async () => {
    while (!load.over) answers.push((await host.get('shop')).status);
  })();
  const update = JSON.parse((await done(octo('update', '--json'))).stdout);
  const version = JSON.parse((await done(octo('version', '--json'))).stdout);
  await done(octo('domains:add', 'shop', 'www.example.org'));
  await done(octo('converge'));
  load.over = true;
  await client;

  expect(update).toMatchObject({ octohost: '9.9.9', actions: [], problems: [] });
  expect(version.octohost).toBe('9.9.9');
  const named = ['git', 'ssh', 'Docker Engine', 'nginx'];
  for (const name of named)
    expect(version.parts).toContainEqual({ name, version: expect.stringMatching(/^\d/) });
  expect(await containers()).toEqual(before);
  expect(answers.length).toBeGreaterThan(10);
  expect(answers.filter((status) => status !== 200)).toEqual([]);
  // The one of before goes on: the schema is the same.
  await done(host.octo('status'));
});
