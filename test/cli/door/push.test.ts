/** What becomes of the refs of a push, whatever fails: a real repository, an engine in memory. */
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { guardEngine } from '../../../cli/door/guard.ts';
import type { Update } from '../../../cli/door/hook-request.ts';
import { deployPush, type Visit } from '../../../cli/door/push.ts';
import { parsePushOptions } from '../../../cli/door/push-options.ts';
import { prepareRefs } from '../../../cli/door/ref-updates.ts';
import { readRefs } from '../../../cli/door/repository.ts';
import type { Talk } from '../../../cli/door/talk.ts';
import { sortUpdates } from '../../../cli/door/updates.ts';
import { silent } from '../../../cli/render/quiet.ts';
import {
  type AccessKey,
  parseKeyName,
  parseRevision,
  parseSiteName,
  parseSitePattern,
  type Revision,
  type StoreOperation,
} from '../../../core/index.ts';
import { type TestEngine, testEngine } from '../../helpers/world.ts';
import { createScratch, type Scratch } from './scratch.ts';

const app = parseSiteName('app');
const none = parseRevision('0'.repeat(40));
const [main, bar, tag] = ['refs/heads/main', 'refs/heads/bar', 'refs/tags/v1'];
let scratch: Scratch;
let world: TestEngine;
let path: string;
let said: string[];
let onSaid: () => void;
let keep: () => Promise<void>;
beforeEach(() => {
  scratch = createScratch();
  world = testEngine();
  path = scratch.init('app.git');
  said = [];
  onSaid = () => {};
  keep = async () => {};
});
afterEach(async () => {
  await world.dispose();
  scratch.remove();
});

/** A commit that no ref leads to. */
function commit(label: string, dockerfile = ''): Revision {
  const revision = scratch.commit(path, { Dockerfile: `FROM scratch\nEXPOSE 8080\n${dockerfile}`, label });
  scratch.git(path, ['update-ref', '-d', main]);
  return revision;
}

const key = (...sites: string[]): AccessKey => ({
  name: parseKeyName('alice'),
  type: 'ssh-ed25519',
  base64: 'AAAA',
  comment: '',
  fingerprint: '',
  right: 'deploy',
  sites: sites.map(parseSitePattern),
  addedAt: '',
  addedBy: '',
});

const talk: Talk = {
  reporter: silent,
  say(line) {
    said.push(line);
    onSaid();
  },
  failed() {},
  conclude() {},
  close() {},
};

/** Pushes to `app` as a key for these sites. */
function push(updates: readonly Update[], ...sites: string[]) {
  const visitor = key(...(sites.length > 0 ? sites : ['*']));
  const visit: Visit = {
    engine: guardEngine(world.engine, visitor),
    current: (site) => world.engine.current(site),
    key: visitor,
    name: app,
    repository: { path, isNew: false, keep: () => keep(), drop: async () => {} },
    request: { environment: {}, options: [], updates },
    pushed: sortUpdates(app, updates),
    options: parsePushOptions([]),
  };
  return deployPush(visit, talk, world.operation());
}

const refs = async () => Object.fromEntries(await readRefs(path));

/** Ends the git that holds the prepared refs, as a shutdown or a lack of memory does. */
function endGit(): void {
  for (const pid of holders()) process.kill(pid, 'SIGTERM');
  while (holders().length > 0);
}

function holders(): number[] {
  const words = ['-P', String(process.pid), '-f', `${path} update-ref`];
  const { stdout } = spawnSync('pgrep', words, { encoding: 'utf8' });
  return stdout.split('\n').filter(Boolean).map(Number);
}

it('that was killed at a branch is mended by the push of a key without rights for that branch', async () => {
  const [one, two] = [commit('1'), commit('2')];
  await push([{ ref: bar, before: none, after: one }]);
  scratch.git(path, ['update-ref', '-d', bar]);
  // Killed between the pointer and the refs.
  await prepareRefs(path, [{ ref: bar, before: none, after: one }]);
  endGit();
  await push([{ ref: main, before: none, after: two }], 'app');
  expect(await refs()).toMatchObject({ [main]: two, [bar]: one });
});

it('of nothing that is deployed is refused where git does not move its refs', async () => {
  const one = commit('1');
  await push([{ ref: main, before: none, after: one }]);
  onSaid = endGit;
  await expect(push([{ ref: tag, before: none, after: one }])).rejects.toMatchObject({
    code: 'E_PUSH_REFS',
  });
});

it('that made a release is accepted where git does not move its refs, and the next one moves them', async () => {
  const [one, two] = [commit('1'), commit('2')];
  world.roles.router.faults.once('apply', endGit);
  await push([{ ref: main, before: none, after: one }]);
  expect(said).toEqual([expect.stringMatching(/^warning: /)]);
  expect((await world.engine.current(app))?.revision).toBe(one);
  await push([{ ref: bar, before: none, after: two }]);
  expect(await refs()).toMatchObject({ [main]: one, [bar]: two });
});

it('that made a release is accepted where its repository cannot take its name', async () => {
  const one = commit('1');
  keep = () => Promise.reject(new Error('disk full'));
  const { releases } = await push([{ ref: main, before: none, after: one }]);
  expect(releases).toHaveLength(1);
  expect(said).toEqual(['warning: disk full']);
});

it('says why it failed, also where git went with it', async () => {
  const one = commit('1', 'RUN exit 1\n');
  world.roles.builder.faults.once('build', () => {
    endGit();
    throw new Error('the build failed');
  });
  await expect(push([{ ref: main, before: none, after: one }])).rejects.toThrow('the build failed');
});

it('whose release is current all the same has its ref moved, though it is refused', async () => {
  const [one, two] = [commit('1'), commit('2')];
  await push([{ ref: main, before: none, after: one }]);
  world.roles.router.faults.once('apply', new Error('no'));
  const broken = world.roles.store.faults.on('transact', (operations: readonly StoreOperation[]) => {
    if (operations.some((each) => each.kind === 'set' && each.value.startsWith('back from')))
      throw new Error('disk full');
  });
  await expect(push([{ ref: main, before: one, after: two }])).rejects.toMatchObject({
    code: 'E_ROUTE_REVERTED',
  });
  broken();
  expect((await world.engine.current(app))?.revision).toBe(two);
  expect(await refs()).toEqual({
    [main]: two,
    'refs/octohost/releases/app/1': one,
    'refs/octohost/releases/app/2': two,
  });
});

it('that is refused leaves the refs as they were', async () => {
  const [one, two] = [commit('1'), commit('2', 'RUN exit 1\n')];
  await push([{ ref: main, before: none, after: one }]);
  await expect(push([{ ref: main, before: one, after: two }])).rejects.toThrow();
  expect(await refs()).toEqual({ [main]: one, 'refs/octohost/releases/app/1': one });
});
