/** What `octo doctor` looks at of nginx: its processes, its files, its ports. Changes nothing. */
import { connect } from 'node:net';
import type { CheckFinding, PluginCheck } from '../../core/index.ts';
import { readConf } from './files.ts';
import type { NginxLayout } from './layout.ts';
import { findMaster } from './processes.ts';
import { type Program, runNginx, testArguments } from './program.ts';
import { generationInForce } from './status.ts';

export interface Looked {
  readonly layout: NginxLayout;
  readonly program: Program;
  /** Where it listens for clients. */
  readonly http: { readonly address: string; readonly port: number };
}

export function nginxChecks(looked: Looked): PluginCheck[] {
  return [
    {
      name: 'running',
      summary: 'nginx runs, answers, and has the port for clients.',
      why: 'No site answers without it.',
      run: (signal) => running(looked, signal),
    },
    {
      name: 'configuration',
      summary: 'nginx takes the configuration that is on disk.',
      why: 'The next start, after a reboot say, reads this file.',
      run: (signal) => configuration(looked, signal),
    },
  ];
}

async function running({ layout, http }: Looked, signal: AbortSignal): Promise<CheckFinding> {
  const [conf, master, generation] = await Promise.all([
    readConf(layout),
    findMaster(layout),
    generationInForce(layout),
  ]);
  const isTaken = await answers(http, signal);
  return judgeRunning({ isWanted: conf !== undefined, master, generation, isTaken, ...http });
}

interface Processes {
  /** Whether routes were put in force. */
  readonly isWanted: boolean;
  readonly master: number | undefined;
  /** What the status socket says. */
  readonly generation: string | undefined;
  /** Whether somebody accepts connections at the port for clients. */
  readonly isTaken: boolean;
  readonly address: string;
  readonly port: number;
}

/** Pure. */
export function judgeRunning({
  isWanted,
  master,
  generation,
  isTaken,
  address,
  port,
}: Processes): CheckFinding {
  const at = `${address}:${port}`;
  const runs = master !== undefined && generation !== undefined;
  if (runs && isTaken)
    return { state: 'ok', message: `nginx runs (process ${master}) and listens at ${at}.` };
  if (runs)
    return {
      state: 'failed',
      message: `nginx runs (process ${master}) and nobody listens at ${at}.`,
      hint: 'octo converge',
    };
  if (!isTaken && !isWanted)
    return { state: 'ok', message: 'No route was put in force yet; then nginx is started.' };
  if (!isTaken) return { state: 'failed', message: 'nginx does not run.', hint: 'octo converge' };
  if (generation !== undefined)
    return {
      state: 'failed',
      message: `Workers of an nginx whose master is gone serve at ${at}; they hear of no change.`,
      hint: 'octo converge',
    };
  return {
    state: isWanted ? 'failed' : 'warning',
    message: `nginx does not run, and another program listens at ${at}.`,
    hint: `See which: ss -ltnp 'sport = :${port}'. End it, then: octo converge`,
  };
}

async function configuration({ layout, program }: Looked, signal: AbortSignal): Promise<CheckFinding> {
  const text = await readConf(layout);
  if (text === undefined) {
    if ((await generationInForce(layout)) === undefined)
      return { state: 'ok', message: 'There is none yet.' };
    return { state: 'failed', message: `nginx runs, and ${layout.conf} is gone.`, hint: 'octo converge' };
  }
  const { ok, lines } = await runNginx(program, testArguments(layout, layout.conf), {
    cwd: layout.prefix,
    signal,
  });
  if (ok) return { state: 'ok', message: `nginx -t takes ${layout.conf}.` };
  return {
    state: 'failed',
    message: `nginx -t refuses ${layout.conf}: ${lines[0] ?? 'it does not say why'}`,
    hint: `octo converge writes it anew; files of your own in ${layout.operatorDir} are yours to mend`,
  };
}

const patienceMs = 1000;

/** Whether somebody accepts a connection there. */
function answers({ address, port }: Looked['http'], signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
  const socket = connect({ host, port, timeout: patienceMs, signal });
  const end = (is: boolean) => {
    resolve(is);
    socket.destroy();
  };
  socket
    .on('connect', () => end(true))
    .on('timeout', () => end(false))
    .on('error', () => end(false));
  return promise;
}
