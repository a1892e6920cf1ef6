/**
 * `npm run release [-- FOLDER]`: makes the package that npm installs, and a tarball with all that it needs, Node.js
 * included, for a machine that has neither npm nor Node.js. Both into FOLDER, `release` by default.
 */
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot, readPackage } from '../program.ts';
import { tarballName } from '../update-steps.ts';

const run = promisify(execFile);
const say = (line: string) => void process.stdout.write(`${line}\n`);

/** Gives the paths of both. */
export async function makeRelease(folder: string): Promise<{ packed: string; tarball: string }> {
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(join(tmpdir(), 'octohost-release-'));
  try {
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: packageRoot,
    });
    const packed = join(folder, packedName(stdout));
    const program = join(work, 'octohost');
    await run('tar', ['-xzf', packed, '-C', work]);
    await rename(join(work, 'package'), program);
    await install(program);
    const tarball = join(folder, tarballName(readPackage().version));
    await run('tar', ['-czf', tarball, '--owner=0', '--group=0', '--numeric-owner', '-C', work, 'octohost']);
    return { packed, tarball };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** What the build says stands before the list. */
function packedName(said: string): string {
  const [first] = JSON.parse(said.slice(said.lastIndexOf('\n[') + 1)) as { filename: string }[];
  return first?.filename ?? '';
}

/** Exactly the versions that the lock names, and the Node.js that runs this. */
async function install(program: string): Promise<void> {
  const lock = join(program, 'package-lock.json');
  await copyFile(join(packageRoot, 'package-lock.json'), lock);
  await run('npm', ['ci', '--omit=dev', '--omit=peer', '--ignore-scripts'], { cwd: program });
  // With it a program is taken for a clone, whose set-up installs what is missing.
  await rm(lock);
  const node = join(program, 'node_modules', 'node', 'bin', 'node');
  await mkdir(join(program, 'node_modules', 'node', 'bin'), { recursive: true });
  await copyFile(process.execPath, node);
  await chmod(node, 0o755);
  // They are of this very Node.js, so no package that brings none has them.
  for (const name of ['octo.blob', 'door.blob']) {
    const snapshot = join(program, 'dist', name);
    await copyFile(join(packageRoot, 'dist', name), snapshot);
    await chmod(snapshot, 0o644);
  }
}

if (import.meta.main) {
  const { packed, tarball } = await makeRelease(resolve(process.argv[2] ?? join(packageRoot, 'release')));
  say(packed);
  say(tarball);
}
