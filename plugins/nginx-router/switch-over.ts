/** Puts a tested configuration in force: by a reload where nginx runs, by a start where it does not. */
import { rm } from 'node:fs/promises';
import { messageOf, type PreparedRoutes } from '../../core/index.ts';
import { awaitGeneration, type Outcome, type Patience, takeStock } from './confirm.ts';
import { endOfLog } from './error-log.ts';
import { errors } from './errors.ts';
import { readConf, restoreConf, writeConf } from './files.ts';
import type { NginxLayout } from './layout.ts';
import { awaitMaster, endMaster, findMaster, retireOrphans, signal } from './processes.ts';
import { type Program, runNginx, startArguments } from './program.ts';
import { generationInForce } from './status.ts';

export interface Nginx {
  readonly layout: NginxLayout;
  readonly program: Program;
  readonly confirmSeconds: number;
  /** Whether octohost starts it. */
  readonly start: boolean;
}

/** A master that still tries to listen on a taken port hears of the way back only after 2.5 s. */
const leastBackSeconds = 5;

/**
 * The configuration on disk and in the process is the prepared one when this returns, and the one of before when
 * it throws E_NGINX_UNCONFIRMED or E_NGINX_START.
 */
export async function switchOver(nginx: Nginx, prepared: PreparedRoutes): Promise<void> {
  const { layout } = nginx;
  const previous = await readConf(layout);
  const master = await findMaster(layout);
  await writeConf(layout, prepared.text);
  if (master === undefined) await start(nginx, prepared.generation, previous);
  else await reload(nginx, master, prepared.generation, previous);
}

/** The first complaint that nginx cannot listen on a port which is none of these. Pure. */
export function foreignPort(lines: readonly string[], ours: readonly number[]): string | undefined {
  const complaint = /bind\(\) to \S+:(\d+) failed \(.*\)/;
  return lines
    .map((line) => complaint.exec(line))
    .find((match) => match !== null && !ours.includes(Number(match[1])))?.[0];
}

async function reload(
  nginx: Nginx,
  master: number,
  generation: string,
  previous: string | undefined,
): Promise<void> {
  const { layout, confirmSeconds } = nginx;
  const old = await generationInForce(layout);
  const outcome = await tell(nginx, master, generation, { seconds: confirmSeconds, untilGivenUp: true });
  if (outcome.confirmed) return;
  await restoreConf(layout, previous);
  const patience = { seconds: Math.max(confirmSeconds, leastBackSeconds), untilGivenUp: false };
  const back = old !== undefined && (await tell(nginx, master, old, patience)).confirmed;
  throw errors.E_NGINX_UNCONFIRMED({ lines: outcome.lines, back });
}

async function tell(nginx: Nginx, master: number, generation: string, patience: Patience): Promise<Outcome> {
  const before = await takeStock(nginx.layout, master);
  try {
    signal(master, 'SIGHUP');
  } catch (error) {
    return { confirmed: false, lines: [messageOf(error)] };
  }
  return awaitGeneration(nginx.layout, generation, before, patience);
}

async function start(nginx: Nginx, generation: string, previous: string | undefined): Promise<void> {
  const { layout, program } = nginx;
  const args = startArguments(layout);
  const command = [program.binary, ...args];
  // Who starts nginx by itself needs the file for it: here it stays.
  if (!nginx.start) throw errors.E_NGINX_STOPPED({ command });
  try {
    await retireOrphans(layout);
    await rm(layout.statusSocket, { force: true });
    const log = await endOfLog(layout.errorLog);
    const ended = await runNginx(program, args, { cwd: layout.prefix });
    const outcome = ended.ok
      ? await firstAnswer(nginx, generation, log)
      : { confirmed: false, lines: ended.lines };
    if (!outcome.confirmed) throw errors.E_NGINX_START({ lines: outcome.lines, command });
  } catch (error) {
    await restoreConf(layout, previous);
    throw error;
  }
}

/** nginx has put itself in the background; one that does not answer as it should is ended again. */
async function firstAnswer(nginx: Nginx, generation: string, log: number): Promise<Outcome> {
  const { layout, confirmSeconds } = nginx;
  const master = await awaitMaster(layout, confirmSeconds);
  if (master === undefined) return { confirmed: false, lines: [`no master process: see ${layout.errorLog}`] };
  const outcome = await awaitGeneration(
    layout,
    generation,
    { master, workers: [], log },
    { seconds: confirmSeconds, untilGivenUp: true },
  );
  if (!outcome.confirmed) await endMaster(layout, master);
  return outcome;
}
