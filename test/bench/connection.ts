/** What a connection costs on which nothing is done: it is a part of every push, and none of octohost's. */
import { execFile } from 'node:child_process';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { instanceLayout, sshCommand } from '../../cli/dev/instance-files.ts';
import type { BenchHost } from './bench-host.ts';
import { median } from './measure.ts';

const run = promisify(execFile);

/** Milliseconds from the start of ssh until it has ended, by a key that runs nothing. */
export async function emptyConnection({ host }: BenchHost, rounds: number): Promise<number> {
  const { ssh } = host.instance;
  const key = join(host.dir, 'key-of-nothing');
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const line = `command="true",restrict ${await readFile(`${key}.pub`, 'utf8')}`;
  await appendFile(instanceLayout(host.home).authorizedKeys, line);
  const words = sshCommand({ ...host.instance, ssh: { ...ssh, identity: key } })
    .split(' ')
    .slice(1);
  const all: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const began = performance.now();
    await run('ssh', [...words, '-p', String(ssh.port), `${ssh.user}@127.0.0.1`]);
    if (round > 0) all.push(performance.now() - began);
  }
  return median(all);
}
