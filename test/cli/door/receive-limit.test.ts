import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { receiveWords, serverEnvironment, startGit } from '../../../cli/door/git-process.ts';
import { receiveLimit } from '../../../cli/door/receive-limit.ts';
import type { OctohostError } from '../../../core/index.ts';
import { createScratch, type Scratch } from './scratch.ts';

const seconds = 1800;

let scratch: Scratch;
let repository: string;
beforeEach(() => {
  scratch = createScratch();
  repository = scratch.init('app.git');
});
afterEach(() => {
  vi.useRealTimers();
  scratch.remove();
});

const packet = (text: string) => `${(text.length + 4).toString(16).padStart(4, '0')}${text}`;

/** A pusher that says it sends 5000 objects, and sends none: git has started what would take them. */
async function startReceiving() {
  const words = receiveWords(repository, { hooksDir: '/nowhere', maxPushMegabytes: 1 });
  const child = startGit(words, {
    stdio: ['pipe', 'pipe', 'pipe'],
    environment: serverEnvironment(),
    ownGroup: true,
  });
  const update = `${'0'.repeat(40)} ${'1'.repeat(40)} refs/heads/main\0 report-status`;
  const head = Buffer.from([0, 0, 0, 2, 0, 0, 0x13, 0x88]);
  child.stdin?.on('error', () => {});
  child.stdin?.write(`${packet(update)}0000PACK`);
  child.stdin?.write(head);
  child.stdout?.resume();
  child.stderr?.resume();
  await vi.waitFor(() => {
    const files = readdirSync(join(repository, 'objects'), { recursive: true, encoding: 'utf8' });
    expect(files).toContainEqual(expect.stringMatching(/pack\/tmp_pack_/));
  });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  return child;
}

it('a push that is not received in time is ended with all that git started, and says what the limit was', async () => {
  const child = await startReceiving();
  const told: OctohostError[] = [];
  const limit = receiveLimit(child, seconds, (error) => told.push(error));
  vi.advanceTimersByTime(seconds * 1000);
  // Its streams are closed only when the last process that holds them has ended.
  expect(await once(child, 'close')).toEqual([null, 'SIGTERM']);
  expect(limit.received()).toBe(false);
  expect(told.map(({ code, message }) => [code, message])).toEqual([
    ['E_PUSH_TIME', 'The push was not received within 1800 s, so it was ended.'],
  ]);
});

it('a push that was received in time is left alone', async () => {
  const child = await startReceiving();
  const told: OctohostError[] = [];
  const limit = receiveLimit(child, seconds, (error) => told.push(error));
  vi.advanceTimersByTime(seconds * 1000 - 1);
  expect(limit.received()).toBe(true);
  vi.advanceTimersByTime(seconds * 1000);
  child.stdin?.end();
  const [, signal] = await once(child, 'close');
  expect([told, signal]).toEqual([[], null]);
});
