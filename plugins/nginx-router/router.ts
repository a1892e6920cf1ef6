/** The role router, on octohost's own nginx. */

import { setTimeout as sleep } from 'node:timers/promises';
import {
  errors as coreErrors,
  isOctohostError,
  type PreparedRoutes,
  type Route,
  type Router,
  type StepContext,
  type Upstream,
} from '../../core/index.ts';
import { hasConnections } from './connections.ts';
import { endFarewell } from './farewell.ts';
import {
  makeFolders,
  readConf,
  removeForgotten,
  removeUnused,
  withCandidate,
  writeConf,
  writeSiteFiles,
  writeTable,
} from './files.ts';
import { liveRoutesIn } from './live-routes.ts';
import {
  type Composed,
  type ConfOptions,
  composeConf,
  type LeftOut,
  nothingLeftOut,
  shownConf,
} from './nginx-conf.ts';
import { drainingWorkers, findMaster } from './processes.ts';
import { type Ended, runNginx, testArguments } from './program.ts';
import { readSources, type SourceSettings } from './sources.ts';
import { generationInForce, structureInForce } from './status.ts';
import { foreignPort, type Nginx, switchOver } from './switch-over.ts';
import { judge } from './trial.ts';

export type RouterSettings = Nginx & SourceSettings & { readonly conf: Omit<ConfOptions, 'layout'> };

/** Routes that were judged, and what apply needs of them. */
interface Judged {
  readonly prepared: PreparedRoutes;
  readonly files: Composed['files'];
  readonly table: Composed['table'];
  /** The same without the operator's own files; undefined where there are none. */
  withoutOwn?(): Composed;
}

/** What is asked for again is what is in force, or what comes next: a process that runs for months keeps no more. */
const mostJudged = 4;

/** Connections of a busy host take a while to read. */
const drainPollMs = { first: 50, slowest: 500 } as const;

export function createNginxRouter(settings: RouterSettings): Router {
  const { layout } = settings;
  /** By the generation of the whole, nothing left out. */
  const judged = new Map<string, Judged>();
  const ofPrepared = new WeakMap<PreparedRoutes, Judged>();

  return {
    async render(routes) {
      const sources = await readSources(settings, routes, () => {});
      return shownConf(composeConf(sources, nothingLeftOut, { ...settings.conf, layout }));
    },

    async prepare(routes: readonly Route[], context): Promise<PreparedRoutes> {
      await makeFolders(layout);
      const warnings: string[] = [];
      const sources = await readSources(settings, routes, (line) => warnings.push(line));
      const options = { ...settings.conf, layout };
      const whole = composeConf(sources, nothingLeftOut, options);
      const known = judged.get(whole.generation);
      if (known) return known.prepared;
      const compose = (leftOut: LeftOut) =>
        leftOut === nothingLeftOut ? whole : composeConf(sources, leftOut, options);
      const found = await judgeRoutes(settings, compose, context);
      for (const line of [...warnings, ...found.warnings]) context.warn(line);
      judged.set(whole.generation, found);
      const [oldest] = judged.keys();
      if (judged.size > mostJudged && oldest !== undefined) judged.delete(oldest);
      ofPrepared.set(found.prepared, found);
      return found.prepared;
    },

    isInForce: async ({ generation, text }) =>
      (await answersWith(layout, generation)) && (await readConf(layout)) === text,

    async apply(prepared, context) {
      if (context.signal.aborted) throw coreErrors.E_ABORTED({ what: 'The change of routes' });
      await makeFolders(layout);
      const known = ofPrepared.get(prepared);
      await writeSiteFiles(layout, known?.files ?? new Map());
      await writeTable(layout, known?.table);
      await removeForgotten(layout);
      if (await answersWith(layout, prepared.generation)) await finishOthersWork(layout, prepared.text);
      else await putInForce(settings, prepared, known, context);
      await removeUnused(layout);
    },

    async serves() {
      if ((await readConf(layout)) === undefined) return true;
      return (await generationInForce(layout)) !== undefined && (await findMaster(layout)) !== undefined;
    },

    async drained(instances, signal) {
      const limit = AbortSignal.any([
        signal,
        AbortSignal.timeout(settings.conf.workerShutdownSeconds * 1000),
      ]);
      let pause: number = drainPollMs.first;
      while (!limit.aborted && (await isAnswering(layout, instances))) {
        await sleep(pause, undefined, { signal: limit }).catch(() => {});
        pause = Math.min(pause * 1.2, drainPollMs.slowest);
      }
    },
  };
}

/**
 * Connections tell of what was sent to an instance; old workers may still be reading what they are going to send to
 * one of before.
 */
async function isAnswering(
  layout: RouterSettings['layout'],
  instances: readonly Upstream[],
): Promise<boolean> {
  if (await hasConnections(instances)) return true;
  const master = await findMaster(layout);
  return master !== undefined && (await drainingWorkers(master)).length > 0;
}

/** What somebody left who was killed between writing another file and telling nginx, or between that and its end. */
async function finishOthersWork(layout: RouterSettings['layout'], text: string): Promise<void> {
  await endFarewell(layout);
  // The next start must read this one.
  if ((await readConf(layout)) !== text) await writeConf(layout, text);
}

/** Workers whose master was killed answer too, but nobody can tell them of the next change. */
async function answersWith(layout: RouterSettings['layout'], generation: string): Promise<boolean> {
  if ((await generationInForce(layout)) !== generation) return false;
  return (await findMaster(layout)) !== undefined;
}

async function judgeRoutes(
  settings: RouterSettings,
  compose: Parameters<typeof judge>[0]['compose'],
  { signal }: StepContext,
): Promise<Judged & { readonly warnings: readonly string[] }> {
  const { layout } = settings;
  const tryOut = (composed: Composed) => testConf(settings, composed, signal);
  const { composed, leftOut, warnings } = await judge({ layout, compose, tryOut });
  const { generation, text, files, table, own, sites } = composed;
  const refused = [...sites.errors].map(([site, error]) => ({ site, error }));
  return {
    prepared: { generation, text, ...(refused.length > 0 ? { refused } : {}) },
    files,
    table,
    warnings,
    ...(own.length > 0
      ? {
          withoutOwn: () =>
            compose({ ...leftOut, own: new Set([...leftOut.own, ...own.map(({ path }) => path)]) }),
        }
      : {}),
  };
}

/** nginx's own test; what serves needs none, whatever its table of live routes. */
async function testConf(settings: RouterSettings, composed: Composed, signal: AbortSignal): Promise<Ended> {
  const { layout, program } = settings;
  if (await serves(layout, composed)) return { ok: true, lines: [] };
  return withCandidate(layout, composed, async (file) => {
    await writeSiteFiles(layout, composed.files);
    return runNginx(program, testArguments(layout, file), { cwd: layout.prefix, signal });
  });
}

async function serves(layout: RouterSettings['layout'], { generation, text }: Composed): Promise<boolean> {
  const live = liveRoutesIn(text);
  if (live) return (await structureInForce(layout)) === live.structure;
  return (await generationInForce(layout)) === generation;
}

/** Where one of the operator's files listens where nginx cannot, which no test shows, all of them are left out. */
async function putInForce(
  settings: RouterSettings,
  prepared: PreparedRoutes,
  judged: Judged | undefined,
  context: StepContext,
): Promise<void> {
  const { layout } = settings;
  try {
    await switchOver(settings, prepared);
  } catch (error) {
    const complaint = isOctohostError(error) ? foreignPort(error.details, settings.ports) : undefined;
    if (complaint === undefined || !judged?.withoutOwn) throw error;
    context.warn(
      `your files in ${layout.operatorDir} are left out until nginx can listen where they say: ${complaint}`,
    );
    await switchOver(settings, judged.withoutOwn());
  }
}
