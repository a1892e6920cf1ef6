/** One site within one operation: its lease, its facts so far, and the runner of its steps. */
import { randomBytes } from 'node:crypto';
import { errors } from './error-catalogue.ts';
import { isOctohostError, placeError } from './errors.ts';
import type { Revision, SiteName } from './grammar.ts';
import type { Lease } from './lease.ts';
import { finishJournal } from './many-settings.ts';
import type { Pointer } from './records.ts';
import type { DeployId, Deployment, Reason, Release, Settings } from './release.ts';
import type { Expectation, StepContext } from './roles.ts';
import type { Versioned } from './state.ts';
import { channel, type NotedOperation, type Operation, type World } from './world.ts';

/** The longest that a step may take, in seconds. A check has its own, shorter limit within `start`. */
export const stepSeconds = {
  receive: 60,
  // Its own time is in the configuration.
  build: 200_000,
  // It waits for one that was left, too; its own time is a setting.
  release: 200_000,
  start: 4000,
  register: 60,
  prepare: 120,
  apply: 180,
  publish: 1800,
} as const;
export type StepName = keyof typeof stepSeconds;

/** The name that a site has until it gets another one: what belongs to that name goes along. */
export interface Former {
  readonly site: SiteName;
  readonly lease: Lease;
}

/** What a deploy of one site starts from. */
export interface Start {
  readonly site: SiteName;
  readonly deploy: DeployId;
  readonly reason: Reason;
  readonly operation: Operation;
  readonly revision?: Revision;
  /** The pointer as this run found it. */
  readonly pointer: Versioned<Pointer> | undefined;
  readonly previous: Release | undefined;
  /** The highest number of a release of this site; 0 before the first. */
  readonly lastNumber: number;
  readonly settings: Settings;
  /** What the journal of its settings has to be still, where it is written. */
  readonly journal: Expectation;
  /** Those of them that are secret. */
  readonly secrets: ReadonlySet<string>;
  /** Where the site is renamed: its name until now. */
  readonly former?: Former;
}

/** Everything a deploy of one site carries. */
export interface Run extends Start {
  readonly operation: NotedOperation;
  readonly lease: Lease;
  /** What ran, in order. */
  readonly steps: { step: string; milliseconds: number }[];
}

/** The facts that every rung of the ladder has. */
export function deploymentOf(run: Start): Deployment {
  return {
    deploy: run.deploy,
    site: run.site,
    reason: run.reason,
    actor: run.operation.actor,
    ...(run.revision ? { revision: run.revision } : {}),
    ...(run.previous ? { previous: run.previous } : {}),
  };
}

/** Under the lease of its site. */
export async function beginRun(
  world: World,
  intent: Pick<Run, 'site' | 'reason' | 'revision'>,
  lease: Lease,
  operation: NotedOperation,
): Promise<Run> {
  await finishJournal(world.state, intent.site);
  return { ...(await readStart(world, intent, operation)), operation, lease, steps: [] };
}

/** Reads what a run starts from; without the lease of its site, it may be another in the next moment. */
export async function readStart(
  world: World,
  intent: Pick<Run, 'site' | 'reason' | 'revision'>,
  operation: Operation,
): Promise<Start> {
  const { site, reason, revision } = intent;
  const pointer = await world.state.pointer(site);
  const releases = await world.state.releases(site);
  // What is stopped needs none: it must not matter whether a secret can be opened.
  const { values, secrets } = reason === 'stop' ? noSettings : await world.state.openedSettings(site);
  return {
    site,
    reason,
    ...(revision ? { revision } : {}),
    deploy: createDeployId(world.clock.now(), randomBytes(4).toString('hex')),
    operation,
    pointer,
    previous: releases.find(({ number }) => number === pointer?.record.release),
    lastNumber: releases.at(-1)?.number ?? 0,
    settings: values,
    secrets,
    journal: (await world.state.settingsJournal(site))?.version ?? 'absent',
  };
}

const noSettings = { values: {}, secrets: new Set<string>() };

/** Sorts by time and is unique enough for names: eight characters of time, six of chance. */
export function createDeployId(now: number, random: string): DeployId {
  return `${now.toString(36).padStart(8, '0')}${random.slice(0, 6)}`;
}

/** The part of a run that a step needs. */
export type StepRun = Pick<Run, 'site' | 'lease' | 'operation' | 'steps'>;

/** Runs one step: times it, reports it, stops it, and says in its errors where they happened. */
export async function step<Result>(
  world: World,
  run: StepRun,
  name: StepName,
  work: (context: StepContext) => Promise<Result>,
): Promise<Result> {
  const { operation, site } = run;
  const limit = AbortSignal.timeout(stepSeconds[name] * 1000);
  const signal = AbortSignal.any([operation.signal, run.lease.lost, limit]);
  const began = world.clock.now();
  const note = operation.notes?.step(name, began);
  try {
    signal.throwIfAborted();
    operation.reporter.begin(site, name);
    const result = await orGiveUp(work({ ...channel(operation, site), signal }), signal);
    const milliseconds = world.clock.now() - began;
    run.steps.push({ step: name, milliseconds });
    note?.(milliseconds, 'ok');
    operation.reporter.end(site, name, milliseconds);
    return result;
  } catch (error) {
    note?.(world.clock.now() - began, 'failed');
    throw explain(error, run, name, signal.aborted && signal.reason === limit.reason);
  }
}

/** How long a provider may take to clean up once it was told to stop. */
const patienceMs = 20_000;

/** Waits for work that was told to stop, but not for ever: a provider may not hear its signal. */
async function orGiveUp<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const over = new AbortController();
  const givenUp = new Promise<never>((_, reject) => {
    const wait = () => setTimeout(() => reject(signal.reason), patienceMs).unref();
    signal.addEventListener('abort', wait, { once: true, signal: over.signal });
  });
  try {
    return await Promise.race([work, givenUp]);
  } finally {
    over.abort();
  }
}

/** @param isOver whether the time of the step itself was what stopped it */
function explain(error: unknown, run: StepRun, name: StepName, isOver: boolean): unknown {
  const place = { step: name, site: run.site };
  const what = `The ${name} of ${run.site}`;
  if (run.lease.lost.aborted) return errors.E_LEASE_LOST({ what: run.site }, place);
  // A provider knows only that it was told to stop.
  if (isOver && (!isOctohostError(error) || error.code === 'E_ABORTED'))
    return errors.E_STEP_TIMEOUT({ what, seconds: stepSeconds[name] }, { ...place, cause: error });
  if (run.operation.signal.aborted && !isOctohostError(error))
    return errors.E_ABORTED({ what }, { ...place, cause: error });
  placeError(error, place);
  return error;
}
