/** Refs move all or none, and what git could refuse is found before: on real repositories. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mendRefs, prepareRefs, staleLock } from '../../../cli/door/ref-updates.ts';
import { readRefs } from '../../../cli/door/repository.ts';
import { createScratch, type Scratch } from './scratch.ts';

const none = '0'.repeat(40);
const main = 'refs/heads/main';
let scratch: Scratch;
let path: string;
let one: string;
let two: string;
beforeEach(() => {
  scratch = createScratch();
  path = scratch.init('app.git');
  one = scratch.commit(path, { file: 'one' });
  two = scratch.commit(path, { file: 'two' });
  scratch.git(path, ['update-ref', '-d', main]);
});
afterEach(() => scratch.remove());

const refs = async () => Object.fromEntries(await readRefs(path));
const move = async (ref: string, before: string, after: string) =>
  (await prepareRefs(path, [{ ref, before, after }])).commit([]);

describe('refs that are prepared', () => {
  it('move together when they are told to, with what is set beside them, and leave no note', async () => {
    await move(main, none, one);
    const prepared = await prepareRefs(path, [
      { ref: main, before: one, after: two },
      { ref: 'refs/tags/v1', before: none, after: one },
    ]);
    expect((await refs())[main]).toBe(one);
    await prepared.commit([{ ref: 'refs/octohost/releases/app/2', after: two }]);
    expect(await refs()).toEqual({
      [main]: two,
      'refs/tags/v1': one,
      'refs/octohost/releases/app/2': two,
    });
  });

  it('stay where they are when they are let go', async () => {
    await move(main, none, one);
    const prepared = await prepareRefs(path, [
      { ref: main, before: one, after: two },
      { ref: 'refs/heads/x', before: none, after: two },
    ]);
    await prepared.release();
    await mendRefs(path, await readRefs(path), async () => undefined);
    expect(await refs()).toEqual({ [main]: one });
    await move(main, one, two);
    expect(await refs()).toEqual({ [main]: two });
  });

  it('may be deleted', async () => {
    await move(main, none, one);
    await move(main, one, none);
    expect(await refs()).toEqual({});
  });

  it.each([
    {
      what: 'a branch that moved',
      updates: () => [{ ref: main, before: two, after: one }],
      says: /expected/,
    },
    {
      what: 'a branch that is there',
      updates: () => [{ ref: main, before: none, after: two }],
      says: /already exists/,
    },
    {
      what: 'a branch that is a folder of another',
      updates: () => [{ ref: `${main}/x`, before: none, after: two }],
      says: /exists; cannot create/,
    },
    {
      what: 'a tag that is a folder of another in the same push',
      updates: () => [
        { ref: 'refs/tags/a', before: none, after: two },
        { ref: 'refs/tags/a/b', before: none, after: two },
      ],
      says: /cannot/,
    },
    {
      what: 'a name that is none',
      updates: () => [{ ref: 'refs/tags/a..b', before: none, after: two }],
      says: /invalid ref/,
    },
    {
      what: 'a ref that is named twice',
      updates: () => [
        { ref: 'refs/tags/v', before: none, after: one },
        { ref: 'refs/tags/v', before: none, after: two },
      ],
      says: /multiple updates/,
    },
    {
      what: 'a branch of something that is no commit',
      updates: () => [
        { ref: 'refs/heads/x', before: none, after: scratch.git(path, ['rev-parse', `${one}^{tree}`]) },
      ],
      says: /non-commit/,
    },
    {
      what: 'an object that is not there',
      updates: () => [{ ref: 'refs/heads/x', before: none, after: '1'.repeat(40) }],
      says: /nonexistent|not a valid/,
    },
  ])('cannot be $what; nothing of it is left', async ({ updates, says }) => {
    await move(main, none, one);
    const preparing = prepareRefs(path, updates());
    await expect(preparing).rejects.toMatchObject({
      code: 'E_PUSH_REFS',
      message: expect.stringMatching(says),
    });
    expect(await refs()).toEqual({ [main]: one });
  });
});

describe('a process that was killed', () => {
  const lock = () => join(path, 'refs/heads/main.lock');
  const killed = async () => {
    await move(main, none, one);
    scratch.git(path, ['update-ref', 'refs/octohost/pending/0/heads/main', two]);
    writeFileSync(lock(), '');
  };

  it('between the pointer and the refs: the ref becomes what runs', async () => {
    await killed();
    const found = await readRefs(path);
    const release = { ref: 'refs/octohost/releases/app/2', after: two };
    const mended = await mendRefs(path, found, async (ref, revision) =>
      ref === main && revision === two ? release : undefined,
    );
    expect(mended.get(main)).toBe(two);
    expect(await refs()).toEqual({ [main]: two, [release.ref]: two });
  }, 60_000);

  it('before the pointer: the ref stays, and nothing locks it', async () => {
    await killed();
    const mended = await mendRefs(path, await readRefs(path), async () => undefined);
    expect(Object.fromEntries(mended)).toEqual({ [main]: one });
    expect(await refs()).toEqual({ [main]: one });
    expect(existsSync(lock())).toBe(false);
  }, 60_000);

  it('before the pointer of its first push: nothing is there, and nothing locks it', async () => {
    scratch.git(path, ['update-ref', 'refs/octohost/pending/0/heads/main', two]);
    writeFileSync(lock(), '');
    await mendRefs(path, await readRefs(path), async () => undefined);
    expect(await refs()).toEqual({});
    expect(existsSync(lock())).toBe(false);
  }, 60_000);

  it('of a push to a branch that git cannot keep beside another one: its note goes', async () => {
    await move('refs/heads/a', none, one);
    scratch.git(path, ['update-ref', 'refs/octohost/pending/0/heads/a/b', two]);
    await mendRefs(path, await readRefs(path), async () => undefined);
    expect(await refs()).toEqual({ 'refs/heads/a': one });
  });

  it('leaves a lock that the next one takes away, when nobody gives it back', async () => {
    await move(main, none, one);
    writeFileSync(lock(), '');
    await move(main, one, two);
    expect((await refs())[main]).toBe(two);
    expect(existsSync(lock())).toBe(false);
  }, 60_000);
});

it('only a lock in the repository is taken away', () => {
  const says = (file: string) => new Error(`cannot lock ref 'x': Unable to create '${file}': File exists.`);
  expect(staleLock('/r/app.git', says('/r/app.git/refs/heads/x.lock'))).toBe('/r/app.git/refs/heads/x.lock');
  expect(staleLock('/r/app.git', says('/r/app.git/../other.git/x.lock'))).toBeUndefined();
  expect(staleLock('/r/app.git', says('/etc/passwd.lock'))).toBeUndefined();
  expect(staleLock('/r/app.git', new Error('no such thing'))).toBeUndefined();
});
