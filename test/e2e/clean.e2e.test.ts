/** A disk does not fill (PARITY bug 17): of many pushes there remain the last images and one container. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseSiteName } from '../../core/index.ts';
import { dockerfileBuilder } from '../../plugins/dockerfile-builder/index.ts';
import {
  baseImage,
  buildRequest,
  docker,
  dockerfile,
  provided,
  recorder,
  treeOf,
  until,
} from '../docker/lab.ts';
import { type OwnLabels, ownLabels } from '../helpers/inspection.ts';
import { octoPath, type PrivateInstance, page, privateInstance, ran } from '../helpers/private-instance.ts';

let host: PrivateInstance;
let own: OwnLabels;
let config: string;
beforeAll(async () => {
  host = await privateInstance();
  own = await ownLabels(host);
  config = join(host.dir, 'keep-two.config.ts');
  const base = JSON.stringify(host.instance.configFile);
  await writeFile(config, `import base from ${base};\nexport default { ...base, releases: { keep: 2 } };\n`);
});
afterAll(() => host?.dispose());

const octo = (...words: string[]) =>
  ran(octoPath, words, { env: { ...process.env, OCTOHOST_CONFIG: config } });
const filters = (site: string) => own(`octohost.site=${site}`);
const containers = (site: string) => docker.listContainers({ all: true, filters: filters(site) });
const tags = async (site: string) =>
  (await docker.listImages({ filters: filters(site) })).flatMap(({ RepoTags }) => RepoTags ?? []);

async function deploy(site: string, text: string) {
  const done = await octo('deploy', site, await host.folder(page(text)));
  expect(done.code, done.stderr).toBe(0);
}

it('of three deploys the last two images remain, and one container, by itself', async () => {
  for (const text of ['one', 'two', 'three']) await deploy('shop', text);
  await until('the old instances are gone', async () => (await containers('shop')).length === 1);
  await until('the first image is gone', async () => (await tags('shop')).length === 2);
  expect((await octo('releases', 'shop')).stdout).toMatch(/^1 .* image gone /m);
  expect((await octo('converge')).stdout).toMatch(/nothing to do/i);
});

it('what can be gone back to can, and what cannot is refused with a way out', async () => {
  const refused = await octo('rollback', 'shop', '1');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('octo rollback shop can go to 2, 3');
  const back = await octo('rollback', 'shop', '2', '--wait');
  expect(back.code, back.stderr).toBe(0);
  expect((await host.get('shop')).body).toBe('two');
});

it('the image of a killed deploy is shown, and freed when asked; what only has the name stays', async () => {
  const [, installation = ''] = /^octohost\/(\w+)\//.exec((await tags('shop'))[0] ?? '') ?? [];
  const builder = provided(dockerfileBuilder(), 'builder', installation);
  const request = buildRequest(treeOf(dockerfile('RUN echo killed > /x')), { site: parseSiteName('ghost') });
  const killed = await builder.build(request, recorder().context);
  // Nobody's label is on it.
  const foreign = { repo: `octohost/${installation}/ghost`, tag: '0foreign' };
  await docker.getImage(baseImage).tag(foreign);
  try {
    const plan = await octo('clean', 'ghost', '--dry-run');
    expect(plan).toMatchObject({ code: 0, stdout: `ghost: the image ${killed.tag}\n` });
    const cleaned = await octo('clean', '--yes');
    expect(cleaned.code, cleaned.stderr).toBe(0);
    expect(await tags('ghost')).toEqual([]);
    expect((await docker.getImage(`${foreign.repo}:${foreign.tag}`).inspect()).Id).toMatch(/^sha256:/);
    expect(await tags('shop')).toHaveLength(2);
    expect((await host.get('shop')).body).toBe('two');
  } finally {
    await docker.getImage(`${foreign.repo}:${foreign.tag}`).remove();
  }
});

it('what a deploy said is shown again, and what differs between releases, over ssh too', async () => {
  const shown = await host.ssh('logs shop --deploy');
  expect(shown.code, shown.stderr).toBe(0);
  expect(shown.stdout).toBe((await octo('attach', 'shop')).stdout);
  const diff = await host.ssh('releases:diff shop 2 3');
  expect(diff.stdout).toMatch(/^image\.id +sha256:\w+ +sha256:\w+$/m);
});
