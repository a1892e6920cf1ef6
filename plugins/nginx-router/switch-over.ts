/**
 * Puts a tested configuration in force: by a word to the workers where only the table of live routes is another one, by
 * a reload where nginx runs, by a start where it does not.
 */
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, type PreparedRoutes } from '../../core/index.ts';
import { awaitGeneration, type Outcome, type Patience, takeStock } from './confirm.ts';
import { endOfLog } from './error-log.ts';
import { errors } from './errors.ts';
import { beginFarewell, endFarewell } from './farewell.ts';
import { readConf, restoreConf, writeConf } from './files.ts';
import type { NginxLayout } from './layout.ts';
import { liveRoutesIn } from './live-routes.ts';
import { awaitMaster, endMaster, findMaster, retireOrphans, signal } from './processes.ts';
import { type Program, runNginx, startArguments } from './program.ts';
import { announceRoutes, generationInForce, structureInForce } from './status.ts';

export interface Nginx {
  readonly layout: NginxLayout;
  readonly program: Program;
  readonly confirmSeconds: number;
  /** Whether octohost starts it. */
  readonly start: boolean;
  /** Where it listens for clients. */
  readonly ports: readonly number[];
}

interface Told extends Nginx {
  readonly master: number;
  /** False: only the table of live routes is another one. */
  readonly reload: boolean;
}

/** A master that still tries to listen on a taken port hears of the way back only after 2.5 s. */
const leastBackSeconds = 5;
const announcePauseMs = 20;

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
  else await change(nginx, master, prepared, previous);
}

/** The first complaint that nginx cannot listen on a port which is none of these. Pure. */
export function foreignPort(lines: readonly string[], ours: readonly number[]): string | undefined {
  const complaint = /bind\(\) to \S+:(\d+) failed \(.*\)/;
  return lines
    .map((line) => complaint.exec(line))
    .find((match) => match !== null && !ours.includes(Number(match[1])))?.[0];
}

async function change(
  nginx: Nginx,
  master: number,
  { generation, text }: PreparedRoutes,
  previous: string | undefined,
): Promise<void> {
  const { layout, confirmSeconds } = nginx;
  const old = await generationInForce(layout);
  const told: Told = { ...nginx, master, reload: await needsReload(layout, text, previous, old) };
  const outcome = await tell(told, generation, { seconds: confirmSeconds, untilGivenUp: true });
  if (outcome.confirmed) return;
  await restoreConf(layout, previous);
  const patience = { seconds: Math.max(confirmSeconds, leastBackSeconds), untilGivenUp: false };
  // Told in any case, also where nobody knows what served.
  const back = await tell(told, old ?? 'unknown', patience);
  throw errors.E_NGINX_UNCONFIRMED({ lines: outcome.lines, back: back.confirmed });
}

/**
 * Only the table is another one, and what serves is what was on disk: otherwise somebody was killed in the middle of a
 * reload, and some workers may still have another structure.
 */
async function needsReload(
  layout: NginxLayout,
  text: string,
  previous: string | undefined,
  old: string | undefined,
): Promise<boolean> {
  const before = previous === undefined ? undefined : liveRoutesIn(previous);
  if (before === undefined || before.generation !== old) return true;
  const structure = liveRoutesIn(text)?.structure;
  return before.structure !== structure || (await structureInForce(layout)) !== structure;
}

function tell(told: Told, generation: string, patience: Patience): Promise<Outcome> {
  return told.reload ? reload(told, generation, patience) : announce(told, generation, patience);
}

/** Once it is announced every request goes by the new table, so one answer proves it for all workers. */
async function announce({ layout, master }: Told, generation: string, patience: Patience): Promise<Outcome> {
  const log = await endOfLog(layout.errorLog);
  const until = Date.now() + patience.seconds * 1000;
  while (!(await announceRoutes(layout)) && Date.now() < until) await sleep(announcePauseMs);
  return awaitGeneration(layout, generation, { master, workers: [], log }, patience);
}

/** The table is announced too: shared memory may still name the last one that this structure had, long ago. */
async function reload(
  { layout, ports, master }: Told,
  generation: string,
  patience: Patience,
): Promise<Outcome> {
  await announceRoutes(layout);
  try {
    await beginFarewell(layout, ports);
    const before = await takeStock(layout, master);
    signal(master, 'SIGHUP');
    return await awaitGeneration(layout, generation, before, patience);
  } catch (error) {
    return { confirmed: false, lines: [messageOf(error)] };
  } finally {
    await endFarewell(layout);
  }
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
