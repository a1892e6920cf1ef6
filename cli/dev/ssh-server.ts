/** A private sshd, through which a private instance is pushed to: its own port, host key, users and log. */
import { chmod, mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { exists } from '../exists.ts';
import { type Detached, startDetached } from './detached.ts';
import { freePort } from './free-port.ts';
import { endProcess, isRunning } from './processes.ts';
import { errors } from './program-errors.ts';
import { runProgram } from './programs.ts';
import { isLocked, portOf, type SshdSettings, sshdConfig } from './sshd-config.ts';
import { waitUntil } from './wait.ts';

const startMs = 15_000;
const graceMs = 5_000;
/** Between choosing a free port and taking it, somebody else may take it. */
const attempts = 3;

/**
 * Starts an sshd that lives below `dir`, listens on 127.0.0.1 and goes on when this process ends. A second call
 * with the same user, and the same port or 0, gives the running one; another restarts it.
 * It lets in the keys of `dir/authorized_keys` (see authorizedKeysLine), which is made empty if it is not there.
 * @param options port: 0 chooses a free one; user: must exist, and must be able to read `dir`
 * @throws E_SSHD_VALUE, E_PROGRAM_MISSING; E_SSHD_START with the log's last lines when it ends or sends no banner
 */
export async function startSshServer(options: {
  dir: string;
  port: number;
  user: string;
}): Promise<{ port: number }> {
  await mkdir(options.dir, { recursive: true });
  const dir = await realpath(options.dir);
  const files = filesOf(dir);
  const before = await readFile(files.config, 'utf8').catch(() => '');
  const running = await isRunning(files.record);
  const wanted = options.port === 0 && running ? (portOf(before) ?? 0) : options.port;
  const settings = await settingsFor(dir, options.user);
  if (
    running &&
    wanted !== 0 &&
    sshdConfig({ ...settings, port: wanted }) === before &&
    (await hasBanner(wanted))
  ) {
    return { port: wanted };
  }
  await endProcess(files.record, { graceMs });
  await prepareFiles(files);
  return { port: await startOnPort(files, settings, options.port) };
}

/**
 * Ends the sshd of `dir`, so that nobody comes in any more; who is in may finish. Keys and log stay. Does nothing
 * where none runs.
 */
export async function stopSshServer({ dir }: { dir: string }): Promise<void> {
  await endProcess(filesOf(dir).record, { graceMs });
}

type Files = ReturnType<typeof filesOf>;

function filesOf(dir: string) {
  return {
    config: join(dir, 'sshd_config'),
    hostKey: join(dir, 'host_ed25519_key'),
    authorizedKeys: join(dir, 'authorized_keys'),
    log: join(dir, 'sshd.log'),
    record: join(dir, 'sshd.process.json'),
  };
}

async function settingsFor(dir: string, user: string): Promise<Omit<SshdSettings, 'port'>> {
  const { hostKey, authorizedKeys } = filesOf(dir);
  // Only root may read it; an sshd of anybody else's lets in that user alone, and never looks at it.
  const shadow = await readFile('/etc/shadow', 'utf8').catch(() => '');
  return { dir, user, hostKey, authorizedKeys, usePam: isLocked(shadow, user) };
}

async function prepareFiles({ hostKey, authorizedKeys }: Files): Promise<void> {
  if (!(await exists(hostKey))) {
    await runProgram('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'octohost', '-f', hostKey]);
  }
  if (!(await exists(authorizedKeys))) await writeFile(authorizedKeys, '');
  // sshd reads it as the user who comes in, whoever made it.
  await chmod(authorizedKeys, 0o644);
  // sshd run by root insists on this folder, which a boot clears away.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
}

async function startOnPort(
  files: Files,
  settings: Omit<SshdSettings, 'port'>,
  wanted: number,
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = wanted === 0 ? await freePort() : wanted;
    await writeFile(files.config, sshdConfig({ ...settings, port }));
    const started = await startSshd(files);
    const ready = async () => started.ended() || ((await listens(started)) && (await hasBanner(port)));
    if ((await waitUntil(ready, { timeoutMs: startMs })) && !started.ended()) return port;
    const again = wanted === 0 && started.ended() && attempt < attempts;
    if (!again) await giveUp(files, started);
  }
}

async function startSshd({ config, log, record }: Files): Promise<Detached> {
  // -D: it stays the process that we started; -e: it writes to our log.
  return await startDetached({
    program: 'sshd',
    args: ['-D', '-e', '-f', config],
    logFile: log,
    recordFile: record,
  });
}

/** Its own word for it: on a port that was taken, somebody else's sshd may send the banner. */
async function listens(started: Detached): Promise<boolean> {
  return (await started.lastLines()).some((line) => line.startsWith('Server listening on '));
}

async function giveUp(files: Files, started: Detached): Promise<never> {
  const problem = started.ended()
    ? 'ended right after its start'
    : `did not answer within ${startMs / 1000} seconds`;
  await endProcess(files.record, { graceMs });
  throw errors.E_SSHD_START({ problem, log: files.log, lines: await started.lastLines() });
}

/** True if an SSH server greets on this port of 127.0.0.1 within a second. */
function hasBanner(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1_000 });
    const answer = (greeted: boolean) => {
      socket.destroy();
      resolve(greeted);
    };
    socket.once('data', (chunk) => answer(chunk.toString('latin1').startsWith('SSH-2.0-')));
    for (const event of ['error', 'timeout', 'end'] as const) socket.once(event, () => answer(false));
  });
}
