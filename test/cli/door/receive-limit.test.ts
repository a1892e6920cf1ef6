import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { receiveWords, startGit } from '../../../cli/door/git-process.ts';
import { receiveLimit } from '../../../cli/door/receive-limit.ts';
import type { OctohostError } from '../../../core/index.ts';
import { createScratch, type Scratch } from './scratch.ts';

let scratch: Scratch;
let repository: string;
beforeEach(() => {
  scratch = createScratch();
  repository = scratch.init('app.git');
});
afterEach(() => scratch.remove());

const packet = (text: string) => `${(text.length + 4).toString(16).padStart(4, '0')}${text}`;

/** A pusher that says it sends 5000 objects, and sends none. */
function startReceiving() {
  const words = receiveWords(repository, { hooksDir: '/nowhere', maxPushMegabytes: 1 });
  const child = startGit(words, { stdio: ['pipe', 'pipe', 'pipe'], ownGroup: true });
  const update = `${'0'.repeat(40)} ${'1'.repeat(40)} refs/heads/main\0 report-status`;
  const head = Buffer.from([0, 0, 0, 2, 0, 0, 0x13, 0x88]);
  child.stdin?.on('error', () => {});
  child.stdin?.write(`${packet(update)}0000PACK`);
  child.stdin?.write(head);
  child.stdout?.resume();
  child.stderr?.resume();
  return child;
}

it('a push that is not received in time is ended with all that git started, and says what the limit was', async () => {
  const child = startReceiving();
  const told: OctohostError[] = [];
  const limit = receiveLimit(child, 0.3, (error) => told.push(error));
  // Its streams are closed only when the last process that holds them has ended.
  const [code, signal] = await once(child, 'close');
  expect([code, signal]).toEqual([null, 'SIGTERM']);
  expect(limit.received()).toBe(false);
  expect(told.map(({ code: of, message }) => [of, message])).toEqual([
    ['E_PUSH_TIME', 'The push was not received within 0.3 s, so it was ended.'],
  ]);
});

it('a push that was received in time is left alone', async () => {
  const child = startReceiving();
  const told: OctohostError[] = [];
  const limit = receiveLimit(child, 0.05, (error) => told.push(error));
  expect(limit.received()).toBe(true);
  await new Promise((resolve) => {
    setTimeout(resolve, 100);
  });
  expect([told, child.exitCode, child.signalCode]).toEqual([[], null, null]);
  child.stdin?.end();
  await once(child, 'close');
});
