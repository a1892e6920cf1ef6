import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const sources = fileURLToPath(new URL('../../../cli/bin', import.meta.url));
let dir: string;
let root: string;
let path: string;

/** A root with the two launchers in it, in a folder with a space, and a path with little more than a shell. */
beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'octohost launchers-')));
  root = join(dir, 'the root');
  path = join(dir, 'path');
  await mkdir(join(root, 'cli/bin'), { recursive: true });
  await mkdir(path);
  for (const name of ['node', 'octo']) await cp(join(sources, name), join(root, 'cli/bin', name));
  for (const name of ['sh', 'readlink'])
    await symlink(execFileSync('which', [name]).toString().trim(), join(path, name));
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

/** A stand-in for Node that tells who it is and what it was given. */
async function fakeNode(file: string, version: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(
    file,
    `#!/bin/sh\n[ "$1" != --version ] || { echo ${version}; exit; }\nprintf '%s\\n' "$0" "$@"\n`,
  );
  await chmod(file, 0o755);
}

function run(
  file: string,
  args: string[],
  { PATH = path, cwd = '/', asked = '' } = {},
): { status: number | null; lines: string[]; error: string } {
  const { status, stdout, stderr } = spawnSync(file, args, {
    cwd,
    env: { PATH, ...(asked ? { SSH_ORIGINAL_COMMAND: asked } : {}) },
    encoding: 'utf8',
  });
  return { status, lines: stdout.split('\n').slice(0, -1), error: stderr };
}

describe('cli/bin/node', () => {
  it('prefers the Node that the set-up installed', async () => {
    await fakeNode(join(root, 'node_modules/node/bin/node'), 'v24.21.0');
    await fakeNode(join(path, 'node'), 'v26.0.0');
    const { lines } = run(join(root, 'cli/bin/node'), ['a b', '$c']);
    expect(lines).toEqual([join(root, 'node_modules/node/bin/node'), 'a b', '$c']);
  });

  it.each([{ version: 'v24.9.0' }, { version: 'v24.10.1' }, { version: 'v25.0.0' }, { version: 'v100.1.0' }])(
    'takes $version from the path',
    async ({ version }) => {
      await fakeNode(join(path, 'node'), version);
      expect(run(join(root, 'cli/bin/node'), ['x'])).toMatchObject({
        status: 0,
        lines: [join(path, 'node'), 'x'],
      });
    },
  );

  it.each([
    { version: 'v24.8.9' },
    { version: 'v20.20.2' },
    { version: 'v9.99.0' },
    { version: 'nonsense' },
    { version: '' },
  ])('says in one sentence what to do when the path has "$version"', async ({ version }) => {
    await fakeNode(join(path, 'node'), version);
    await writeFile(join(root, 'package-lock.json'), '{}');
    const { status, lines, error } = run(join(root, 'cli/bin/node'), ['x']);
    expect({ status, lines }).toEqual({ status: 69, lines: [] });
    expect(error).toMatch(/^[^\n]*npm run setup[^\n]*\n$/);
  });

  it('names the version instead of the set-up in a published package', () => {
    const { status, error } = run(join(root, 'cli/bin/node'), []);
    expect(status).toBe(69);
    expect(error).toMatch(/^[^\n]*24\.9[^\n]*\n$/);
  });

  it('never takes itself for the Node of the path', async () => {
    const own = join(root, 'cli/bin');
    expect(run(join(own, 'node'), [], { PATH: `${own}:${path}` }).status).toBe(69);
    await fakeNode(join(dir, 'later/node'), 'v24.9.0');
    expect(run(join(own, 'node'), [], { PATH: `${own}:${path}:${dir}/later` }).status).toBe(0);
  });
});

describe('cli/bin/octo', () => {
  const flag = '--disable-warning=ExperimentalWarning';

  beforeEach(async () => {
    await fakeNode(join(root, 'node_modules/node/bin/node'), 'v24.21.0');
  });

  it('runs the sources where they are, else the compiled files', async () => {
    const octo = join(root, 'cli/bin/octo');
    expect(run(octo, ['config', 'a b']).lines.slice(1)).toEqual([
      flag,
      join(root, 'dist/cli/bin/main.js'),
      'config',
      'a b',
    ]);
    await writeFile(join(root, 'cli/bin/main.ts'), '');
    expect(run(octo, ['config', 'a b']).lines.slice(1)).toEqual([
      flag,
      join(root, 'cli/bin/main.ts'),
      'config',
      'a b',
    ]);
  });

  it('runs what was built of the sources while none of them is newer', async () => {
    await symlink(execFileSync('which', ['find']).toString().trim(), join(path, 'find'));
    for (const folder of ['core', 'plugins', 'dist']) await mkdir(join(root, folder));
    for (const file of [
      'cli/bin/main.ts',
      'octohost.config.ts',
      'package-lock.json',
      'core/engine.ts',
      'dist/.built',
    ])
      await writeFile(join(root, file), '');
    const touch = (file: string, seconds: number) => utimes(join(root, file), seconds, seconds);
    const started = () => run(join(root, 'cli/bin/octo'), []).lines.at(-1);
    const now = Date.now() / 1000;
    await touch('dist/.built', now + 10);
    expect(started()).toBe(join(root, 'dist/cli/bin/main.js'));
    await touch('core/engine.ts', now + 20);
    expect(started()).toBe(join(root, 'cli/bin/main.ts'));
    await touch('dist/.built', now + 30);
    expect(started()).toBe(join(root, 'dist/cli/bin/main.js'));
    await rm(join(root, 'dist/.built'));
    expect(started()).toBe(join(root, 'cli/bin/main.ts'));
  });

  describe('with a startup snapshot of its own Node', () => {
    const blob = (name = 'octo') => [
      '--snapshot-blob',
      join(root, `dist/${name}.blob`),
      join(root, 'dist/cli/bin/main.js'),
    ];
    const started = (...words: string[]) => run(join(root, 'cli/bin/octo'), words).lines.slice(1);
    const served = (asked: string) =>
      run(join(root, 'cli/bin/octo'), ['door:serve'], { asked }).lines.slice(1);

    beforeEach(async () => {
      await mkdir(join(root, 'dist'));
      for (const name of ['octo', 'door']) await writeFile(join(root, `dist/${name}.blob`), '');
    });

    it.each([
      ["git-receive-pack 'app.git'", 'door'],
      ['git upload-pack app', 'door'],
      ['status app', 'octo'],
      ['gitea:x', 'octo'],
      ['', 'octo'],
    ])('starts for %j over ssh from the snapshot of that: %s', (asked, name) => {
      expect(served(asked).slice(-4)).toEqual([...blob(name), 'door:serve']);
    });

    it('starts from it, with a heap that collects little', () => {
      const heap = ['--min-semi-space-size=16', '--v8-pool-size=1'];
      expect(started('a b')).toEqual([flag, ...heap, ...blob(), 'a b']);
    });

    it('gives the agent, which stays, a heap that gives back', () => {
      const heap = ['--optimize-for-size', '--max-semi-space-size=2'];
      expect(started('serve', '--json')).toEqual([flag, ...heap, ...blob(), 'serve', '--json']);
    });

    it('does without where the sources are newer, and where it brings no Node', async () => {
      await writeFile(join(root, 'cli/bin/main.ts'), '');
      expect(started('x')).toEqual([flag, join(root, 'cli/bin/main.ts'), 'x']);
      await rm(join(root, 'cli/bin/main.ts'));
      await rm(join(root, 'node_modules/node/bin/node'));
      await fakeNode(join(path, 'node'), 'v24.21.0');
      expect(started('x')).toEqual([flag, join(root, 'dist/cli/bin/main.js'), 'x']);
    });
  });

  it('finds its root through symbolic links, from the path and from any folder', async () => {
    await symlink(join(root, 'cli/bin/octo'), join(dir, 'first'));
    await symlink('first', join(dir, 'o'));
    await symlink(join(root, 'cli/bin'), join(dir, 'bin'));
    const expected = [flag, join(root, 'dist/cli/bin/main.js'), 'x'];
    expect(run(join(dir, 'o'), ['x']).lines.slice(1)).toEqual(expected);
    expect(run(join(dir, 'bin/octo'), ['x']).lines.slice(1)).toEqual(expected);
    expect(run('./o', ['x'], { cwd: dir }).lines.slice(1)).toEqual(expected);
    expect(run('sh', ['-c', 'o x'], { PATH: `${dir}:${path}` }).lines.slice(1)).toEqual(expected);
  });
});
