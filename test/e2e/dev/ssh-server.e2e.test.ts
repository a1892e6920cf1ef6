import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSshServer, stopSshServer } from '../../../cli/dev/ssh-server.ts';
import { authorizedKeysLine } from '../../../cli/door/authorized-keys.ts';
import { parsePublicKey } from '../../../cli/door/public-key.ts';

const user = userInfo().username;
const words = ['a b', `it's "so"`, '$HOME `id` \\" \\', 'end\\'];
let base: string;
let dir: string;
let port: number;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'octohost-sshd-'));
  dir = join(base, '100% my ssh #1');
  ({ port } = await startSshServer({ dir, port: 0, user }));
  const command = [
    '/usr/bin/env',
    `PATH=${process.env['PATH']}`,
    'sh',
    '-c',
    'printf "%s\\n" "$GIT_PROTOCOL" "$@"',
    'sh',
  ];
  const line = authorizedKeysLine({ command: [...command, ...words], key: await makeKey('ours') });
  await writeFile(join(dir, 'authorized_keys'), `${line}\n`);
});

afterAll(async () => {
  await stopSshServer({ dir });
  await rm(base, { recursive: true });
});

/** Makes a key pair; gives the public line. */
async function makeKey(name: string, ...type: string[]): Promise<string> {
  const file = join(base, name);
  execFileSync('ssh-keygen', ['-q', '-N', '', '-C', 'me at home', '-f', file, ...type]);
  return await readFile(`${file}.pub`, 'utf8');
}

function ssh(key: string, ...args: string[]): Promise<{ failed: boolean; output: string; said: string }> {
  const options = [
    'IdentitiesOnly=yes',
    'BatchMode=yes',
    'StrictHostKeyChecking=no',
    'LogLevel=INFO',
    'SendEnv=GIT_PROTOCOL LANG',
    `UserKnownHostsFile=${join(base, 'known_hosts')}`,
  ].flatMap((option) => ['-o', option]);
  const env = { ...process.env, GIT_PROTOCOL: 'version=2' };
  const all = ['-F', 'none', ...options, '-i', join(base, key), '-p', String(port), ...args];
  return new Promise((resolve) => {
    execFile('ssh', all, { env }, (error, output, said) => resolve({ failed: error !== null, output, said }));
  });
}

describe('a private sshd', () => {
  it('runs the key’s own command with its arguments unchanged, whatever the client asks for', async () => {
    const { output, failed } = await ssh('ours', `${user}@127.0.0.1`, 'rm', '-rf', '/x');
    expect({ failed, lines: output.split('\n') }).toEqual({
      failed: false,
      lines: ['version=2', ...words, ''],
    });
  });

  it('refuses another key', async () => {
    await makeKey('theirs', '-t', 'ed25519');
    expect(await ssh('theirs', `${user}@127.0.0.1`)).toMatchObject({
      failed: true,
      output: '',
      said: expect.stringContaining('Permission denied (publickey)'),
    });
  });

  it('refuses another user', async () => {
    expect(await ssh('ours', 'nobody@127.0.0.1')).toMatchObject({ failed: true, output: '' });
  });

  it('gives no terminal', async () => {
    const { said } = await ssh('ours', '-tt', `${user}@127.0.0.1`);
    expect(said).toContain('PTY allocation request failed');
  });

  it('forwards nothing', async () => {
    const forward = ['-o', 'ExitOnForwardFailure=yes', '-R', '0:127.0.0.1:9'];
    expect(await ssh('ours', ...forward, `${user}@127.0.0.1`)).toMatchObject({ failed: true });
  });

  it('is given again, on the same port, by a second start', async () => {
    const before = await readFile(join(dir, 'sshd.process.json'), 'utf8');
    expect(await startSshServer({ dir, port: 0, user })).toEqual({ port });
    expect(await startSshServer({ dir, port, user })).toEqual({ port });
    expect(await readFile(join(dir, 'sshd.process.json'), 'utf8')).toBe(before);
  });

  it('keeps its host key when it is stopped and started again', async () => {
    await stopSshServer({ dir });
    expect((await ssh('ours', `${user}@127.0.0.1`)).said).toContain('refused');
    await startSshServer({ dir, port, user });
    // With StrictHostKeyChecking=no a changed key would still be told.
    const { failed, said } = await ssh('ours', `${user}@127.0.0.1`);
    expect({ failed, changed: said.includes('IDENTIFICATION HAS CHANGED') }).toEqual({
      failed: false,
      changed: false,
    });
  });

  it('says why it cannot start when something else has the port', async () => {
    const other = createServer((socket) => socket.end('SSH-2.0-other\r\n'));
    const taken = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port));
    });
    const error = await startSshServer({ dir: join(base, 'second'), port: taken, user }).catch(
      (reason) => reason,
    );
    expect(error).toMatchObject({ code: 'E_SSHD_START' });
    expect(error.details.join('\n')).toContain('Address already in use');
    other.close();
  });
});

describe('parsePublicKey', () => {
  it.each([
    { type: 'ssh-ed25519', args: ['-t', 'ed25519'] },
    { type: 'ecdsa-sha2-nistp256', args: ['-t', 'ecdsa', '-b', '256'] },
    { type: 'ecdsa-sha2-nistp384', args: ['-t', 'ecdsa', '-b', '384'] },
    { type: 'ecdsa-sha2-nistp521', args: ['-t', 'ecdsa', '-b', '521'] },
    { type: 'ssh-rsa', args: ['-t', 'rsa', '-b', '2048'] },
  ])('accepts what ssh-keygen makes: $type', async ({ type, args }) => {
    expect(parsePublicKey(await makeKey(type, ...args))).toMatchObject({ type, comment: 'me at home' });
  });

  it('refuses the short RSA key that ssh-keygen still makes', async () => {
    const short = await makeKey('short', '-t', 'rsa', '-b', '1024');
    expect(() => parsePublicKey(short)).toThrow(expect.objectContaining({ code: 'E_PUBLIC_KEY' }));
  });
});
