import { describe, expect, it } from 'vitest';
import { changesIn } from './system-calls.ts';

const at = '1790000000.500000';
const only = (...lines: string[]) => changesIn(lines.join('\n'));

describe('a line of strace', () => {
  it.each([
    {
      line: `7 ${at} rename("/data/a.next", "/data/a") = 0`,
      call: 'rename',
      objects: ['/data/a.next', '/data/a'],
    },
    {
      line: `7 ${at} unlinkat(AT_FDCWD</srv>, "x.lock", 0) = 0`,
      call: 'unlinkat',
      objects: ['/srv/x.lock'],
    },
    {
      line: `7 ${at} pwrite64(21</data/store.sqlite-wal>, "7\\177\\6\\202"..., 24, 0) = 24`,
      call: 'pwrite64',
      objects: ['/data/store.sqlite-wal'],
    },
    {
      line: `7 ${at} openat(AT_FDCWD</>, "/data/new", O_WRONLY|O_CREAT|O_EXCL, 0666) = 5</data/new>`,
      call: 'openat',
      objects: ['/data/new'],
    },
    { line: `7 ${at} kill(4711, SIGHUP) = 0`, call: 'kill', objects: ['SIGHUP to 4711'] },
  ])('$line is a change', ({ line, call, objects }) => {
    expect(only(line)).toEqual([{ at: 1_790_000_000_500, lineage: [7], call, objects }]);
  });

  it.each([
    `7 ${at} openat(AT_FDCWD</>, "/data/a", O_RDONLY|O_CLOEXEC) = 5</data/a>`,
    `7 ${at} unlink("/data/gone") = -1 ENOENT (No such file or directory)`,
    `7 ${at} kill(4711, 0) = 0`,
    `7 ${at} chdir("/data") = 0`,
    '7 1790000000.600000 +++ exited with 0 +++',
  ])('%s is none', (line) => {
    expect(only(line)).toEqual([]);
  });

  it('that another one interrupts is put together again', () => {
    const changes = only(
      `7 ${at} rename("/data/a", "/data/b" <unfinished ...>`,
      '8 1790000000.550000 unlink("/data/c") = 0',
      '7 1790000000.600000 <... rename resumed>) = 0',
    );
    expect(changes.map(({ call, at: when }) => [call, when])).toEqual([
      ['rename', 1_790_000_000_500],
      ['unlink', 1_790_000_000_550],
    ]);
  });
});

describe('a process', () => {
  it('is told with those that started it; a thread is its process', () => {
    const [byThread, byChild] = only(
      `7 ${at} clone3({flags=CLONE_VM|CLONE_THREAD, exit_signal=0}, 88) = 8`,
      '8 1790000000.510000 vfork( <unfinished ...>',
      '9 1790000000.515000 unlink("/b") = 0',
      '8 1790000000.520000 <... vfork resumed>) = 9',
      '8 1790000000.530000 unlink("/a") = 0',
    ).toSorted((a, b) => a.lineage.length - b.lineage.length);
    expect(byThread).toMatchObject({ lineage: [7], objects: ['/a'] });
    expect(byChild).toMatchObject({ lineage: [9, 7], objects: ['/b'] });
  });

  it('names files below the folder that it went to', () => {
    expect(only(`7 ${at} chdir("/data") = 0`, `7 ${at} rename("a", "b") = 0`)[0]?.objects).toEqual([
      '/data/a',
      '/data/b',
    ]);
  });
});
