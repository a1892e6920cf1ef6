/** What is published works elsewhere: with Node.js alone, or with nothing at all. */
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPackage } from '../../cli/program.ts';
import { makeRelease } from '../../cli/setup/release.ts';
import { done, ran } from '../helpers/private-instance.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { version } = readPackage();
let dir: string;
let release: { packed: string; tarball: string };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octo-release-'));
  release = await makeRelease(join(dir, 'release'));
}, 1_800_000);
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('the package', { timeout: 1_800_000 }, () => {
  let octo: string;
  const withNode = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };

  beforeAll(async () => {
    const project = join(dir, 'project');
    await mkdir(project);
    await writeFile(join(project, 'package.json'), '{ "private": true }');
    await done(
      ran('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', release.packed], {
        cwd: project,
      }),
    );
    octo = join(project, 'node_modules', '.bin', 'octo');
  }, 1_800_000);

  it('runs with the Node.js in the path', async () => {
    const env = { ...withNode, HOME: dir };
    expect((await done(ran(octo, ['--version'], { env }))).stdout).toBe(`octohost ${version}\n`);
    const { stdout } = await done(ran(octo, ['version', '--json'], { env }));
    expect(JSON.parse(stdout)).toMatchObject({ octohost: version, node: process.versions.node });
    expect((await done(ran(octo, ['--help'], { env }))).stdout).toContain('setup');
    expect((await done(ran(octo, ['setup', '--help'], { env }))).stdout).toContain('--domain');
  });

  it('says that it needs one where there is none', async () => {
    const empty = join(dir, 'empty');
    await mkdir(empty);
    // The programs that the command itself is written with, and no node.
    for (const name of ['sh', 'readlink', 'find'])
      await done(ran('ln', ['-s', `/usr/bin/${name}`, join(empty, name)]));
    const { code, stderr } = await ran(octo, ['--version'], { env: { PATH: empty } });
    expect(stderr).toContain('octohost needs Node 24.9 or newer in the path.');
    expect(code).toBe(69);
  });

  it('has types and no sources of the command', async () => {
    const names = await readdir(join(dir, 'project', 'node_modules', 'octohost', 'dist', 'core'));
    expect(names).toContain('index.d.ts');
    const bin = await readdir(join(dir, 'project', 'node_modules', 'octohost', 'cli', 'bin'));
    expect(bin.toSorted()).toEqual(['node', 'octo', 'setup']);
    // Of one Node.js, which it does not bring.
    const dist = await readdir(join(dir, 'project', 'node_modules', 'octohost', 'dist'));
    expect(dist.filter((name) => /\.(?:blob|cjs)$/.test(name))).toEqual([]);
  });
});

describe('the tarball', { timeout: 1_800_000 }, () => {
  it('brings its own Node.js, and needs nothing of this machine', async () => {
    await done(ran('tar', ['-xzf', release.tarball, '-C', dir]));
    const octo = join(dir, 'octohost', 'cli', 'bin', 'octo');
    const env = { PATH: '/usr/bin:/bin', HOME: dir };
    for (const name of ['octo.blob', 'door.blob']) {
      const snapshot = await stat(join(dir, 'octohost', 'dist', name));
      expect(snapshot.mode & 0o444).toBe(0o444);
    }
    const { stdout } = await done(ran(octo, ['version', '--json'], { env }));
    expect(JSON.parse(stdout)).toMatchObject({ octohost: version, node: process.versions.node });
    expect((await done(ran(octo, ['update', '--help'], { env }))).stdout).toContain('octo update');
  });

  it('has nothing of what only development needs', async () => {
    const names = await readdir(join(dir, 'octohost', 'node_modules'));
    expect(names).toContain('node');
    expect(names).not.toContain('vitest');
    expect(names).not.toContain('typescript');
    expect(await readdir(join(dir, 'octohost'))).not.toContain('package-lock.json');
    expect(await readdir(root)).toContain('package-lock.json');
  });
});
