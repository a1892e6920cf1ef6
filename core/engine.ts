/**
 * READ FIRST: the life of a push on one screen.
 *
 *   receive → received → build → built → (release task) → start (and check) → started → register → registered
 *     → prepare routes → POINTER → apply routes → routed → retire → publish → published → settled
 *   failure before the pointer, or in apply: what was begun is taken away → failed → settled
 */
import { adoptedCandidate, keepAdopted, makeAdopted } from './adopt.ts';
import { clonedCandidate } from './clone.ts';
import { deregisterOrphans } from './converge.ts';
import { buildCandidate, changedCandidate, makeReady, makeStopped, type Ready, urlsOf } from './deploy.ts';
import { abortWhenCancelled, recordDeploys } from './deploys.ts';
import { errors } from './error-catalogue.ts';
import { isOctohostError, messageOf } from './errors.ts';
import { cleanUp } from './failure.ts';
import type { AdoptableSite } from './foreign.ts';
import type { Revision, SiteName } from './grammar.ts';
import { nameInstances } from './instance-name.ts';
import type { Lease } from './lease.ts';
import { finishJournal } from './many-settings.ts';
import type { Candidate, Change } from './plan.ts';
import { publish } from './publish.ts';
import type { Reason, Release } from './release.ts';
import { runReleaseTask } from './release-task.ts';
import { requireCurrent } from './releases.ts';
import { clearName, endRename, endRenamesTo } from './rename-end.ts';
import { renameMark } from './rename-mark.ts';
import { finishRetiring } from './retire.ts';
import { beginRun, deploymentOf, type Run } from './run.ts';
import { withSites } from './site-leases.ts';
import type { Push } from './source.ts';
import { settleStability } from './stability.ts';
import { type Part, switchTo } from './switch.ts';
import { recordTrace } from './trace.ts';
import { TraceNotes } from './trace-notes.ts';
import { channel, type NotedOperation, type Operation, uninterrupted, type World } from './world.ts';

/** What an operation made current. */
export interface Outcome {
  readonly release: Release;
  readonly urls: readonly string[];
  readonly steps: Run['steps'];
  /** How many old instances are draining now; `finishRetiring` ends them. */
  readonly retiring: number;
  /** How many new instances there are; `watchReleases` sees whether they stay. */
  readonly started: number;
}

type NoteCandidate = (candidate: Candidate) => void;

/** What one site is to become, why, and how it gets ready for it. */
interface Intent {
  readonly site: SiteName;
  readonly reason: Reason;
  readonly revision?: Revision;
  /**
   * Nothing that serves changes in here.
   * @param all the runs of the whole operation, of which it is one
   */
  prepare(run: Run, note: NoteCandidate, all: readonly Run[]): Promise<Ready | Part>;
}

/** Deploys pushes and stops sites: all of it becomes current, or nothing. */
export function deploy(
  world: World,
  pushes: readonly Push[],
  stops: readonly SiteName[],
  operation: Operation,
): Promise<Outcome[]> {
  const intents = pushes.map((push) => {
    const { site, revision } = push;
    const candidate = (run: Run) => buildCandidate(world, run, push, pushes);
    const intent = releasing(world, site, 'deploy', candidate, runReleaseTask);
    return { ...intent, ...(revision ? { revision } : {}) };
  });
  return makeCurrent(world, [...intents, ...stops.map((site) => stopping(world, site))], operation);
}

/** Changes a site without a push: scale, configuration, domains, reload. */
export async function change(
  world: World,
  site: SiteName,
  wanted: Change,
  operation: Operation,
): Promise<Outcome> {
  await world.state.requireReleased(site);
  const intent = releasing(world, site, wanted.reason, (run) => changedCandidate(world, run, wanted));
  const [outcome] = await makeCurrent(world, [intent], operation);
  return outcome as Outcome;
}

/** Takes a site out of the routes and ends its instances; configuration, releases and volumes stay. */
export async function stop(world: World, site: SiteName, operation: Operation): Promise<void> {
  await world.state.requireReleased(site);
  await makeCurrent(world, [stopping(world, site)], operation);
  const ending = uninterrupted(operation);
  await finishRetiring(world, site, ending).catch((error: unknown) =>
    channel(ending, site).warn(
      `stopped, and its instances have not ended: ${messageOf(error)}; octo converge ${site} tries again`,
    ),
  );
}

/** Takes a site of the original over: its containers are the instances of its first release. @throws E_ADOPT_RELEASED */
export async function adopt(
  world: World,
  found: AdoptableSite,
  old: Readonly<Record<string, string>>,
  operation: Operation,
): Promise<Outcome> {
  const { site } = found;
  const intent: Intent = {
    site,
    reason: 'adopt',
    async prepare(run, note) {
      const candidate = await adoptedCandidate(world, run, found, old);
      note(candidate);
      return makeAdopted(world, run, candidate, found);
    },
  };
  const [outcome] = await makeCurrent(world, [intent], operation);
  await keepAdopted(world, site, (line) => operation.reporter.warn(site, line));
  return outcome as Outcome;
}

/** Makes a new site with the image and configuration of another one; no request goes anywhere else by it. */
export async function clone(
  world: World,
  from: SiteName,
  site: SiteName,
  operation: Operation,
): Promise<Outcome> {
  await world.state.requireReleased(from);
  const intent = releasing(world, site, 'clone', (run) => clonedCandidate(world, run, from));
  const [outcome] = await makeCurrent(world, [intent], operation);
  return outcome as Outcome;
}

/**
 * Gives a site another name, with everything that it has; requests at its own domains are answered throughout. One that was
 * interrupted is ended.
 */
export async function rename(
  world: World,
  from: SiteName,
  site: SiteName,
  operation: Operation,
): Promise<Outcome> {
  const begun = await renameMark(world.state, from);
  const [outcome] = begun?.to === site ? [] : await makeRenamed(world, from, site, operation);
  const ending = uninterrupted(operation);
  await endRename(world, from, ending).catch((error: unknown) =>
    channel(ending, site).warn(
      `${from} is ${site} now, and something is left under the old name: ${messageOf(error)}; octo converge ${from} tries again`,
    ),
  );
  if (outcome) return outcome;
  const release = await requireCurrent(world, site);
  return { release, urls: urlsOf(release, world.config), steps: [], retiring: 0, started: 0 };
}

/** One that is stopped makes no outcome. */
async function makeRenamed(
  world: World,
  from: SiteName,
  site: SiteName,
  operation: Operation,
): Promise<Outcome[]> {
  await world.state.requireReleased(from);
  if (from === site)
    throw errors.E_RENAME_TAKEN({ site, what: 'it is its name already', hint: 'Choose another name.' });
  await endRenamesTo(world, from, operation);
  const { leftPart, renamedPart } = await import('./rename.ts');
  const reason = 'rename';
  const left = (all: readonly Run[]) => all.find((run) => run.site === from) as Run;
  const intents: readonly Intent[] = [
    { site, reason, prepare: (run, note, all) => renamedPart(world, run, left(all), note) },
    { site: from, reason, prepare: (run) => leftPart(world, run) },
  ];
  return makeCurrent(world, intents, operation);
}

function releasing(
  world: World,
  site: SiteName,
  reason: Reason,
  candidateOf: (run: Run) => Promise<Candidate>,
  before: typeof runReleaseTask = async () => {},
): Intent {
  return {
    site,
    reason,
    async prepare(run, note) {
      const candidate = await candidateOf(run);
      note(candidate);
      await before(world, run, candidate);
      return makeReady(world, run, candidate);
    },
  };
}

function stopping(world: World, site: SiteName): Intent {
  return { site, reason: 'stop', prepare: (run) => makeStopped(world, run) };
}

/** All intents, or none: each site gets ready by itself, then all pointers move at once. */
function makeCurrent(world: World, intents: readonly Intent[], operation: Operation): Promise<Outcome[]> {
  const sites = intents.map(({ site }) => site);
  const purpose = intents[0]?.reason ?? 'deploy';
  return withSites(world, sites, purpose, operation, async (leases) => {
    const together = new AbortController();
    const signal = AbortSignal.any([operation.signal, together.signal]);
    const runs = await Promise.all(
      intents.map((intent) =>
        begin(world, intent, leases.get(intent.site) as Lease, {
          ...operation,
          signal,
          notes: new TraceNotes(world.clock.now()),
        }),
      ),
    );
    // What somebody removed by hand would be routed beside what runs.
    await Promise.all(sites.map((site) => deregisterOrphans(world, site)));
    await recordDeploys(world, runs);
    // What is replaced cannot be looked at any more.
    for (const site of sites) await settleStability(world, site);
    for (const { site, deploy: id } of runs) operation.reporter.deploy(site, id);
    try {
      const parts = await switchAll(world, intents, runs, { asked: operation.signal, together });
      return await finishAll(world, parts);
    } finally {
      await Promise.all(runs.map((run) => recordTrace(world, run)));
      for (const site of sites) world.told.delete(site);
    }
  });
}

/** What a site of this name has left, which is gone, is none of the one that begins. */
async function begin(world: World, intent: Intent, lease: Lease, operation: NotedOperation): Promise<Run> {
  const run = await beginRun(world, intent, lease, operation);
  return !run.pointer && (await clearName(world, run)) ? beginRun(world, intent, lease, operation) : run;
}

/** When it throws, what was begun is taken away, and the old releases are current and routed. */
async function switchAll(
  world: World,
  intents: readonly Intent[],
  runs: readonly Run[],
  { asked, together }: { asked: AbortSignal; together: AbortController },
): Promise<readonly Part[]> {
  const candidates = new Map<Run, Candidate>();
  const over = new AbortController();
  abortWhenCancelled(world, runs, together, over.signal);
  try {
    const parts = await allOrNone(runs, together, (run, index) =>
      (intents[index] as Intent).prepare(run, (candidate) => void candidates.set(run, candidate), runs),
    );
    await switchTo(world, parts);
    return parts;
  } catch (error) {
    const failure = world.state.secrets.redactor.redactError(
      failureOf(together.signal.aborted ? together.signal.reason : error, asked),
    );
    await cleanUp(world, runs, candidates, failure);
    throw failure;
  } finally {
    over.abort();
  }
}

/** What is interrupted fails in many ways; why it was is what counts. */
function failureOf(error: unknown, asked: AbortSignal): unknown {
  if (!asked.aborted || (isOctohostError(error) && error.code !== 'E_ABORTED')) return error;
  if (isOctohostError(asked.reason) && asked.reason.code !== 'E_ABORTED') return asked.reason;
  return isOctohostError(error) ? error : errors.E_ABORTED({ what: 'The deploy' }, { cause: error });
}

/** What fails from here on is a warning: the pointers have moved, and the routes are applied. */
async function finishAll(world: World, parts: readonly Part[]): Promise<Outcome[]> {
  const outcomes = await Promise.all(
    parts.map(async (part) =>
      'candidate' in part ? [await finish(world, part as Ready)] : settleStopped(world, part),
    ),
  );
  return outcomes.flat();
}

async function settleStopped(world: World, { run }: Part): Promise<never[]> {
  const settled = { ...deploymentOf(run), outcome: 'stopped', steps: run.steps } as const;
  await world.hooks.announce('settled', settled, channel(uninterrupted(run.operation), run.site));
  return [];
}

/** The release is current and routed. */
async function finish(world: World, { run, candidate, others, facts, started }: Ready): Promise<Outcome> {
  const { release } = candidate;
  const context = channel(uninterrupted(run.operation), run.site);
  const urls = urlsOf(release, world.config);
  await finishJournal(world.state, run.site).catch((error: unknown) =>
    context.warn(
      `its settings count, and are not all under their own keys (${messageOf(error)}); octo converge ${run.site} tries again`,
    ),
  );
  if (release.run.name ?? run.previous?.run.name)
    await nameInstances(world, release, facts.instances).catch((error: unknown) =>
      context.warn(`current, without its name: ${messageOf(error)}; octo converge ${run.site} tries again`),
    );
  if (release.domains.length > 0) await world.hooks.announce('routed', { ...facts, release, urls }, context);
  else if (run.previous && run.previous.domains.length > 0)
    context.warn(`it had an address, and has none any more: ${run.previous.domains.join(', ')}`);
  try {
    await publish(world, run, release, deploymentOf(run));
  } catch (error) {
    context.warn(`current, not published: ${messageOf(error)}; octo converge ${run.site} tries again`);
  }
  await world.hooks.announce(
    'settled',
    { ...deploymentOf(run), outcome: 'current', release, urls, steps: run.steps },
    context,
  );
  return { release, urls, steps: run.steps, retiring: others.length, started };
}

/** Works on all side by side. The first failure stops the others, and is the one that is thrown. */
async function allOrNone<Result>(
  runs: readonly Run[],
  together: AbortController,
  work: (run: Run, index: number) => Promise<Result>,
): Promise<Result[]> {
  const outcomes = await Promise.allSettled(
    runs.map((run, index) =>
      work(run, index).catch((error: unknown) => {
        together.abort(error);
        throw error;
      }),
    ),
  );
  if (together.signal.aborted) throw together.signal.reason;
  return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<Result>).value);
}
