import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder, openStore } from './folder.ts';

let folder: Awaited<ReturnType<typeof makeFolder>>;
const children = new Set<ChildProcess>();

beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  await folder.dispose();
});

function start(program: string, ...parameters: string[]): ChildProcess {
  return track(
    spawn(process.execPath, [join(import.meta.dirname, 'programs', program), folder.path, ...parameters], {
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
}

function track(child: ChildProcess): ChildProcess {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

async function exitCode(child: ChildProcess): Promise<number | null> {
  const [code] = await once(child, 'exit');
  return code;
}

function integrity(): unknown {
  const database = new DatabaseSync(join(folder.path, 'store.sqlite'), { timeout: 10_000 });
  try {
    return database.prepare('PRAGMA integrity_check').get()?.['integrity_check'];
  } finally {
    database.close();
  }
}

describe('the embedded store, used by many processes at once', () => {
  it('counts exactly: 8 processes make a new file and do 200 compare-and-sets each', async () => {
    const codes = await Promise.all(Array.from({ length: 8 }, () => exitCode(start('count-up.ts', '200'))));
    expect(codes).toEqual(Array(8).fill(0));
    const store = openStore(folder.path);
    // The counter's version is the number of all transactions: none was done twice, none got lost.
    expect(await store.get('octohost-state/counter')).toMatchObject({ value: '1600', version: 1600 });
    await store.close();
  }, 180_000);

  it('loses nothing that was done and keeps nothing half done when killed 20 times in mid-write', async () => {
    for (let round = 0; round < 20; round++) {
      const child = start('write-pairs.ts');
      let told = '';
      child.stdout?.on('data', (chunk: Buffer) => (told += chunk.toString()));
      await once(child.stdout as NodeJS.EventEmitter, 'data');
      // Another moment of the write each time.
      await sleep(round * 1.7);
      child.kill('SIGKILL');
      await once(child, 'close');

      expect(integrity()).toBe('ok');
      const store = openStore(folder.path);
      const entries = await store.list('octohost-state/pairs/');
      await store.close();
      const values = new Set(entries.map(({ value }) => value.split(':')[0]));
      expect(entries).toHaveLength(40);
      expect(values.size).toBe(1);
      expect(Number([...values][0])).toBeGreaterThanOrEqual(Number(told.trimEnd().split('\n').at(-1)));
    }
  }, 180_000);

  it('says that there is no room, and has all of what went in before and nothing of the rest', async () => {
    // node ignores SIGXFSZ, so a write past the limit fails as it does on a full disk.
    const limited = spawn(
      'sh',
      ['-c', 'ulimit -f 2000; exec "$0" "$@"', process.execPath, pathOf('fill-up.ts'), folder.path],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    track(limited);
    const told = JSON.parse(await text(limited.stdout));
    expect(told.failure).toMatchObject({ code: 'E_STORE_FAILED', hint: expect.stringContaining('df -h') });
    expect(told.written).toBeGreaterThan(5);
    expect(told.entries).toBe(told.written * 2);
    expect(integrity()).toBe('ok');
  }, 180_000);

  it('does not keep a process alive for a watch', async () => {
    expect(await exitCode(start('watch-once.ts'))).toBe(0);
  }, 20_000);
});

function pathOf(name: string): string {
  return join(import.meta.dirname, 'programs', name);
}
