import { lstat, mkdir, mkdtemp, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { carryOut } from '../../../cli/setup/carry-out.ts';
import { readMade } from '../../../cli/setup/record.ts';
import type { Made, Step } from '../../../cli/setup/step.ts';

let dir: string;
let record: string;
const title = 'do this';
const told: string[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octo-carry-'));
  record = join(dir, 'setup.json');
});
afterEach(() => rm(dir, { recursive: true }));

const all = (...steps: Step[]) => {
  told.length = 0;
  const tell = (step: Step) => void told.push(step.title);
  return carryOut(steps, { tell, signal: new AbortController().signal, record });
};
const path = (name: string) => join(dir, name);
const file = (name: string, made?: Made): Step => ({
  do: 'file',
  title,
  path: path(name),
  text: 'text',
  ...(made ? { made } : {}),
});

it('writes files, links, copies and folders', async () => {
  const owner = userInfo().username;
  await all(
    { do: 'folder', title, path: path('a/b'), mode: 0o700, owner },
    file('a/b/c'),
    { do: 'link', title, path: path('links/octo'), to: path('a/b/c') },
    { do: 'copy', title, from: path('a/b/c'), path: path('x/node') },
  );
  expect((await stat(path('a/b'))).mode & 0o777).toBe(0o700);
  expect(await readlink(path('links/octo'))).toBe(path('a/b/c'));
  expect(await readFile(path('x/node'), 'utf8')).toBe('text');
  expect((await stat(path('x/node'))).mode & 0o111).toBe(0o111);
  expect(told).toHaveLength(4);
});

it('writes down what is made before it is made, and strikes it out after it was taken away', async () => {
  const made: Made = { what: 'user', name: 'git' };
  const fails: Step = {
    do: 'run',
    title: 'make it',
    words: ['sh', '-c', 'echo no such thing >&2; exit 3'],
    made,
  };
  await expect(all(fails, file('never'))).rejects.toMatchObject({
    code: 'E_SETUP_STEP',
    message: expect.stringContaining('make it'),
    details: ['no such thing'],
  });
  expect(await readMade(record)).toEqual([made]);
  await expect(stat(path('never'))).rejects.toThrow();
  await all({ do: 'run', title, words: ['true'], unmade: made });
  expect(await readMade(record)).toEqual([]);
});

it('gives a program its input, and names one that is not there', async () => {
  const words = ['sh', '-c', `cat > ${path('read')}`];
  await all({ do: 'run', title, words, input: 'a key\n' });
  expect(await readFile(path('read'), 'utf8')).toBe('a key\n');
  const missing: Step = { do: 'run', title, words: ['octo-no-such-program'] };
  await expect(all(missing)).rejects.toMatchObject({ details: [expect.stringContaining('ENOENT')] });
});

it('is content with a program that ended badly where what it was to leave is there', async () => {
  const run = (words: string[]): Step => ({ do: 'run', title, words, orFile: path('nginx.conf') });
  await expect(all(run(['false']))).rejects.toMatchObject({ code: 'E_SETUP_STEP' });
  await all(run(['sh', '-c', `echo > ${path('nginx.conf')}; exit 1`]));
});

it('removes what it is told, and no folder with something in it unless all is to go', async () => {
  await mkdir(path('full/below'), { recursive: true });
  await writeFile(path('file'), '');
  await all(
    { do: 'remove', title, path: path('file') },
    { do: 'remove', title, path: path('full') },
    { do: 'remove', title, path: path('never-was') },
  );
  await expect(lstat(path('file'))).rejects.toThrow();
  expect((await stat(path('full/below'))).isDirectory()).toBe(true);
  await all({ do: 'remove', title, path: path('full'), all: true });
  await expect(lstat(path('full'))).rejects.toThrow();
});

it('begins no step after Ctrl-C', async () => {
  const abort = new AbortController();
  const steps = [file('first'), file('second')];
  const done = carryOut(steps, { tell: () => abort.abort(), signal: abort.signal, record });
  await expect(done).rejects.toThrow();
  expect((await stat(path('first'))).isFile()).toBe(true);
  await expect(lstat(path('second'))).rejects.toThrow();
});
