/** Many at once, and those who stop in the middle: real pushes over real ssh, real processes that are killed and stopped. */
import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Lock } from '../../core/index.ts';
import { command, type PrivateInstance, page, privateInstance } from '../helpers/private-instance.ts';

const atOnce = 2;
let host: PrivateInstance;
beforeAll(async () => {
  host = await privateInstance();
  const { configFile } = host.instance;
  const text = await readFile(configFile, 'utf8');
  await writeFile(
    configFile,
    text.replace('defineConfig({', `defineConfig({\n  builds: { atOnce: ${atOnce} },`),
  );
});
afterAll(() => host?.dispose());

const locks = async (): Promise<Lock[]> =>
  (JSON.parse((await host.octo('locks', '--json')).stdout) as { locks: Lock[] }).locks;
const numbers = async (site: string) =>
  (
    JSON.parse((await host.octo('releases', site, '--json')).stdout) as { releases: { number: number }[] }
  ).releases.map(({ number }) => number);

/** What shells of this machine, those of containers included, were started with, where a word is in it. Forks are one. */
async function shellsWith(word: string): Promise<number> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return new Set(lines.filter((line) => line.startsWith('sh\0-c\0') && line.includes(word))).size;
}

/** Looks on until all is done; gives the highest number that was seen. */
async function peakDuring(work: Promise<unknown>, word: string): Promise<number> {
  const seen: number[] = [];
  const over = new AbortController();
  void work.catch(() => {}).then(() => over.abort());
  while (!over.signal.aborted) {
    seen.push(await shellsWith(word));
    await sleep(100);
  }
  return Math.max(...seen);
}

it('twenty pushes to twenty sites at once all become current, with as many builds at a time as allowed', {
  timeout: 400_000,
}, async () => {
  const word = `built-${randomBytes(6).toString('hex')}`;
  const sites = Array.from({ length: 20 }, (_, index) => `many-${index + 1}`);
  const files = (site: string) => {
    const { Dockerfile = '', ...more } = page(site);
    const building = `RUN ["sh", "-c", "sleep 2; : ${word} ${site}"]\n`;
    return { ...more, Dockerfile: Dockerfile.replace('EXPOSE', `${building}EXPOSE`) };
  };
  const pushes = Promise.all(sites.map((site) => host.push(site, files(site))));
  const peak = await peakDuring(pushes, word);
  const pushed = await pushes;
  for (const one of pushed) expect(one, one.stderr).toMatchObject({ code: 0 });
  expect(peak).toBe(atOnce);
  const waited = pushed.filter(({ stderr }) => stderr.includes('waiting for a build to end: build of many-'));
  expect(waited.length).toBeGreaterThan(0);
  const answers = await Promise.all(sites.map((site) => host.get(site)));
  expect(answers).toEqual(sites.map((site) => ({ status: 200, body: site })));
  expect(await locks()).toEqual([]);
});

/** Starts a push of something that takes long to answer; gives the process that holds the lease of its site. */
async function pushSlowly(site: string, shell: string) {
  const pushed = host.push(site, { Dockerfile: command(shell) });
  const holding = async () =>
    (await shellsWith(shell)) > 0 ? (await locks()).find(({ name }) => name === `site/${site}`) : undefined;
  await expect
    .poll(holding, { timeout: 60_000 })
    .toMatchObject({ condition: 'alive', purpose: `deploy of ${site}` });
  return { pushed, pid: (await holding())?.pid ?? 0 };
}

async function isWhole(site: string, body: string): Promise<void> {
  expect(await host.get(site)).toEqual({ status: 200, body });
  expect((await host.octo('converge')).code).toBe(0);
  expect((await host.octo('converge')).stdout).toBe('Nothing to do.\n');
  expect(await host.get(site)).toEqual({ status: 200, body });
  expect(JSON.parse((await host.octo('status', site, '--json')).stdout)).toMatchObject({
    running: 1,
    wanted: 1,
  });
}

it('a push whose process is killed holds nothing: the next one goes on at once, and nothing is left over', async () => {
  expect(await host.push('killed', page('one'))).toMatchObject({ code: 0 });
  const { pushed, pid } = await pushSlowly('killed', 'sleep 1001; exit');
  process.kill(pid, 'SIGKILL');
  expect((await pushed).code).not.toBe(0);
  expect(await locks()).toMatchObject([{ name: 'door/killed', condition: 'gone' }, { condition: 'gone' }]);
  expect(await host.get('killed')).toEqual({ status: 200, body: 'one' });
  const next = await host.push('killed', page('two'));
  expect(next, next.stderr).toMatchObject({ code: 0 });
  expect(next.stderr).not.toContain('waiting for');
  await isWhole('killed', 'two');
  expect(await shellsWith('sleep 1001; exit')).toBe(0);
});

it('a push that is stopped past its lease and goes on changes nothing any more', async () => {
  expect(await host.push('stopped', page('one'))).toMatchObject({ code: 0 });
  const { pushed, pid } = await pushSlowly('stopped', 'sleep 1002; exit');
  process.kill(pid, 'SIGSTOP');
  const refused = await host.octo('unlock', 'stopped');
  expect(refused, refused.stderr).toMatchObject({ code: 75 });
  const other = await host.octo('deploy', 'stopped', await host.folder(page('two')));
  expect(other, other.stderr).toMatchObject({ code: 0 });
  expect(other.stderr).toContain('waiting for deploy of stopped');
  const ofDoor = async () => (await locks()).find(({ name }) => name === 'door/stopped')?.condition;
  await expect.poll(ofDoor, { timeout: 20_000 }).toBe('silent');
  const freed = await host.octo('unlock', 'door/stopped');
  expect(freed, freed.stderr).toMatchObject({ code: 0 });
  process.kill(pid, 'SIGCONT');
  const late = await pushed;
  expect(late.code).not.toBe(0);
  expect(late.stderr).toContain('E_LEASE_LOST');
  expect(await numbers('stopped')).toEqual([1, 2]);
  await isWhole('stopped', 'two');
  expect(await shellsWith('sleep 1002; exit')).toBe(0);
});
