/** Looks at sshd and at what it reads for octohost. Changes nothing but rights, and those only when asked. */
import { chmod, mkdtemp, readFile, realpath, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Engine } from '../../core/index.ts';
import { findProgram, runProgram } from '../dev/programs.ts';
import { exists } from '../exists.ts';
import { userEntry } from '../identity.ts';
import { shellOf } from '../setup/system-files.ts';
import { mendablePlaces, ownHostKeys, type PlaceFacts, type SshFacts } from './judge-ssh.ts';
import { lookAtKeyFile } from './keys.ts';
import {
  parseSshdSettings,
  type SshdSettings,
  type UnreadSettings,
  unreadSettings,
} from './sshd-settings.ts';

const answerMs = 3_000;
const usual: Pick<SshdSettings, 'addresses' | 'strictModes'> = {
  addresses: [
    { host: '127.0.0.1', port: 22 },
    { host: '::1', port: 22 },
  ],
  strictModes: true,
};

/** @throws E_IDENTITY */
export async function lookAtSsh(engine: Engine): Promise<SshFacts> {
  const { user: name, ssh } = engine.config;
  const entry = await userEntry(name);
  const shell = shellOf(await readFile('/etc/passwd', 'utf8'), name) ?? '';
  const groups = (await runProgram('id', ['-Gn', name])).trim().split(' ');
  const user = { name, shell, groups, ...entry };
  const config = ssh.sshdConfig;
  const settings = await readSettings(config, user);
  const known = 'problem' in settings ? { ...usual, hostKeys: [] } : settings;
  const hostKeys = known.hostKeys.length > 0 ? known.hostKeys : ownHostKeys;
  const { file, shadowed } = await lookAtKeyFile(engine);
  const sshd = await findProgram('sshd').catch(() => undefined);
  return {
    user,
    keys: await engine.keys(),
    ...(sshd === undefined ? {} : { sshd }),
    config,
    systemd: await exists('/run/systemd/system'),
    settings,
    answers: await whoAnswers(known.addresses),
    hostKeys: await Promise.all(hostKeys.map(hostKeyFacts)),
    file,
    places: await placesOf(file, entry.home, known.strictModes),
    shadowed,
  };
}

/** Takes from others the right to write where octohost's keys are. Returns what was changed. */
export async function mendKeyRights(engine: Engine): Promise<readonly string[]> {
  const wrong = mendablePlaces(await lookAtSsh(engine));
  for (const path of wrong) await chmod(path, (await stat(path)).mode & 0o7755);
  return wrong;
}

/** sshd prints nothing without a host key that whoever asks can read, so it is given one for the moment. */
async function readSettings(config: string, user: SshFacts['user']): Promise<SshdSettings | UnreadSettings> {
  const folder = await mkdtemp(join(tmpdir(), 'octo-sshd-'));
  const key = join(folder, 'key');
  const whose = `user=${user.name},host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport=22`;
  try {
    await runProgram('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const text = await runProgram('sshd', ['-T', '-f', config, '-h', key, '-C', whose]);
    return parseSshdSettings(text, user, key);
  } catch (error) {
    return unreadSettings(error, user);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function whoAnswers(addresses: SshdSettings['addresses']): Promise<SshFacts['answers']> {
  const answers = await Promise.all(addresses.map(greeting));
  if (answers.includes('sshd')) return 'sshd';
  return answers.includes('somebody else') ? 'somebody else' : 'nobody';
}

const everywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** An sshd says first who it is; one that cannot go on, for want of a host key, closes without a word. */
function greeting({ host, port }: SshdSettings['addresses'][number]): Promise<SshFacts['answers']> {
  return new Promise((resolve) => {
    const socket = connect({ host: everywhere[host] ?? host, port, timeout: answerMs });
    const answer = (is: SshFacts['answers']) => {
      socket.destroy();
      resolve(is);
    };
    socket.once('data', (chunk) =>
      answer(chunk.toString('latin1').startsWith('SSH-') ? 'sshd' : 'somebody else'),
    );
    for (const event of ['error', 'timeout', 'end'] as const) socket.once(event, () => answer('nobody'));
  });
}

async function hostKeyFacts(path: string): Promise<SshFacts['hostKeys'][number]> {
  const [found] = await placeFacts(path);
  return { path, ...(found ? { found } : {}) };
}

/** As sshd goes through them: what links lead to, then each folder up to the home, or else to the root. */
async function placesOf(file: string, home: string, strict: boolean): Promise<readonly PlaceFacts[]> {
  const [real, end] = await Promise.all([file, home].map((path) => realpath(path).catch(() => path)));
  const paths = [real as string, ...(strict ? foldersAbove(real as string, end as string) : [])];
  return (await Promise.all(paths.map(placeFacts))).flat();
}

/** Up to one of them, or to the root. */
function foldersAbove(path: string, last: string): string[] {
  const above = dirname(path);
  return path === last || path === above ? [] : [above, ...foldersAbove(above, last)];
}

async function placeFacts(path: string): Promise<PlaceFacts[]> {
  const found = await stat(path).catch(() => undefined);
  return found ? [{ path, uid: found.uid, mode: found.mode & 0o7777 }] : [];
}
