/** A site gets another name on a real engine, a real nginx and over real git, while it is asked at a domain of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import Dockerode from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OwnLabels, ownLabels } from '../helpers/inspection.ts';
import {
  done,
  get,
  octoPath,
  type PrivateInstance,
  page,
  privateInstance,
  ran,
} from '../helpers/private-instance.ts';

const domain = 'www.shop.test';
let host: PrivateInstance;
let own: OwnLabels;
let docker: Dockerode;
const { Dockerfile = '', ...rest } = page('hello');
const withVolume = { ...rest, Dockerfile: Dockerfile.replace('EXPOSE', 'VOLUME /data\nEXPOSE') };

beforeAll(async () => {
  host = await privateInstance();
  own = await ownLabels(host);
  docker = new Dockerode({ socketPath: host.instance.dockerHost.replace('unix://', '') });
  await done(host.octo('config:set', 'app', 'GREETING=good morning'));
  await done(octo(['config:set', '--secret', 'app/TOKEN', '-'], 'hush'));
  await done(host.push('app', { ...withVolume, CNAME: `${domain}\n` }));
  await done(host.octo('exec', 'app', '--', 'sh', '-c', 'echo kept > /data/note'));
});
afterAll(() => host?.dispose());

const environment = () => ({ ...process.env, OCTOHOST_CONFIG: host.instance.configFile });
const octo = (words: readonly string[], input = '') =>
  ran(octoPath, words, { cwd: host.dir, env: environment(), input });
const urlOf = (site: string) => host.instance.pushUrl.replace('{site}', site);
const sites = async () => (await done(host.octo('sites'))).stdout.trim().split('\n');
const note = async (site: string) =>
  (await done(host.octo('exec', site, '--', 'cat', '/data/note'))).stdout.trim();
const releaseOf = async (site: string) =>
  (JSON.parse((await done(host.octo('status', site, '--json'))).stdout) as { release: number }).release;
const containersOf = (site: string) =>
  docker.listContainers({ all: true, filters: own(`octohost.site=${site}`) });

/** Asks on and on; returns what was answered, other than with the page, and how often it was asked. */
async function whileAsked(work: () => Promise<void>): Promise<{ failed: unknown[]; asked: number }> {
  const failed: unknown[] = [];
  const over = new AbortController();
  let asked = 0;
  const ask = async () => {
    while (!over.signal.aborted) {
      const answer = await get(host.instance, domain);
      asked += 1;
      if (answer.status !== 200 || answer.body !== 'hello') failed.push(answer);
    }
  };
  const all = [ask(), ask(), ask()];
  try {
    await work();
  } finally {
    over.abort();
    await Promise.all(all);
  }
  return { failed, asked };
}

describe('octo rename', () => {
  it('drops no request at the domain of its own, and is told where it answers and is pushed to', async () => {
    const { failed, asked } = await whileAsked(async () => {
      const { stdout } = await done(host.octo('rename', 'app', 'shop', '--json'));
      const suffix = host.instance.domainSuffix;
      expect(JSON.parse(stdout)).toMatchObject({
        site: 'shop',
        from: 'app',
        release: 2,
        lost: [`app.${suffix}`],
        branch: 'main',
        warnings: [],
      });
    });
    expect(failed).toEqual([]);
    expect(asked).toBeGreaterThan(10);
    expect(await host.get('shop')).toEqual({ status: 200, body: 'hello' });
    expect((await host.get('app')).status).not.toBe(200);
  });

  it('keeps data, settings and secrets, and leaves nothing under the old name', async () => {
    expect(await note('shop')).toBe('kept');
    const words = ['exec', 'shop', '--', 'sh', '-c', 'echo "$GREETING, $TOKEN, $CONTAINER_NAME"'];
    expect((await done(host.octo(...words))).stdout).toBe('good morning, hush, shop\n');
    expect(await sites()).toEqual(['shop']);
    expect(await containersOf('app')).toEqual([]);
    const images = (await docker.listImages({ filters: own() })).flatMap(({ RepoTags }) => RepoTags ?? []);
    expect(images).not.toEqual([]);
    expect(images.filter((tag) => tag.includes('/app:'))).toEqual([]);
    expect((await host.octo('converge')).stdout).toBe('Nothing to do.\n');
  });

  it('goes on with its history: the same commit is there already, the next one is a change, and it can go back', async () => {
    const same = await done(host.git('app', 'push', urlOf('shop'), 'main'));
    expect(same.stderr).toContain('Everything up-to-date');
    await host.commit('app', { 'index.html': 'next' });
    await done(host.git('app', 'push', urlOf('shop'), 'main'));
    expect(await releaseOf('shop')).toBe(3);
    expect(await get(host.instance, domain)).toEqual({ status: 200, body: 'next' });
    await done(host.octo('rollback', 'shop', '1'));
    expect(await get(host.instance, domain)).toEqual({ status: 200, body: 'hello' });
    expect(await note('shop')).toBe('kept');
  });

  it('leaves the old name to a new site, which begins with nothing', async () => {
    await host.commit('fresh', { ...withVolume, 'index.html': 'another' });
    await done(host.git('fresh', 'push', urlOf('app'), 'main'));
    expect(await releaseOf('app')).toBe(1);
    expect(await host.get('app')).toEqual({ status: 200, body: 'another' });
    const words = ['exec', 'app', '--', 'sh', '-c', 'ls /data; echo "[$GREETING$TOKEN]"'];
    expect((await done(host.octo(...words))).stdout).toBe('[]\n');
    expect(await get(host.instance, domain)).toEqual({ status: 200, body: 'hello' });
    await done(host.octo('remove', 'app', '--volumes', '--yes'));
    expect(await note('shop')).toBe('kept');
  });

  it('that is killed while the new instances start leaves the site as it was, and can be done again', async () => {
    const child = spawn(octoPath, ['rename', 'shop', 'store'], { env: environment(), stdio: 'ignore' });
    await expect.poll(async () => (await containersOf('store')).length, { interval: 20 }).toBe(1);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(await get(host.instance, domain)).toEqual({ status: 200, body: 'hello' });
    await done(host.octo('converge'));
    expect((await host.octo('converge')).stdout).toBe('Nothing to do.\n');
    const [site = ''] = await sites();
    if (site === 'shop') await done(host.octo('rename', 'shop', 'store'));
    expect(await sites()).toEqual(['store']);
    expect(await note('store')).toBe('kept');
    expect((await done(host.git('app', 'ls-remote', urlOf('store')))).stdout).toContain('refs/heads/main');
    expect((await host.octo('converge')).stdout).toBe('Nothing to do.\n');
  });
});
