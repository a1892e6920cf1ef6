/** Versions of programs of this host that octohost itself starts, or is started by. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { messageOf, type PartVersion } from '../core/index.ts';

const patienceMs = 5_000;

/** git and ssh. */
export function installedParts(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<PartVersion[]> {
  return Promise.all([
    installed('git', ['--version'], environment),
    // The version of sshd is that of ssh: not every sshd says its own.
    installed('ssh', ['-V'], environment),
  ]);
}

async function installed(
  name: string,
  args: readonly string[],
  { PATH }: Readonly<Record<string, string | undefined>>,
): Promise<PartVersion> {
  try {
    const options = { env: { PATH, LC_ALL: 'C' }, cwd: '/', timeout: patienceMs };
    const { stdout, stderr } = await promisify(execFile)(name, [...args], options);
    return { name, version: programVersion(`${stdout}${stderr}`) };
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return { name, problem: isMissing ? 'it is not installed' : messageOf(error) };
  }
}

/** `git version 2.39.5` and `OpenSSH_9.2p1 Debian-2+deb12u3, OpenSSL 3.0.15 …` without the words around. Pure. */
export function programVersion(said: string): string {
  const [first = ''] = said.trim().split('\n');
  return /\d+(?:\.\d+)+(?:p\d+)?/.exec(first)?.[0] ?? first;
}
