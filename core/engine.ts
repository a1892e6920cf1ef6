/**
 * READ FIRST: the life of a push on one screen.
 *
 *   receive → received → build → built → start (and check) → started → register → registered
 *     → prepare routes → POINTER → apply routes → routed → retire → publish → published → settled
 *   failure before the pointer, or in apply: what was begun is taken away → failed → settled
 */
import { randomBytes } from 'node:crypto';
import { buildCandidate, changedCandidate, makeReady, publish, urlsOf } from './deploy.ts';
import { errors } from './error-catalogue.ts';
import { isOctohostError, messageOf } from './errors.ts';
import { cleanUp } from './failure.ts';
import type { Revision, SiteName } from './grammar.ts';
import type { Lease } from './lease.ts';
import type { Candidate, Change } from './plan.ts';
import type { Reason, Registered, Release } from './release.ts';
import { createDeployId, deploymentOf, type Run } from './run.ts';
import { withSites } from './site-leases.ts';
import type { Push } from './source.ts';
import { type Ready, switchTo } from './switch.ts';
import { channel, type Operation, uninterrupted, type World } from './world.ts';

/** What an operation made current. */
export interface Outcome {
  readonly release: Release;
  readonly urls: readonly string[];
  readonly steps: Run['steps'];
  /** How many old instances are draining now; `finishRetiring` ends them. */
  readonly retiring: number;
}

/** What one site is to become: how its candidate is made, and why. */
interface Intent {
  readonly site: SiteName;
  readonly reason: Reason;
  readonly revision?: Revision;
  candidate(run: Run): Promise<Candidate>;
}

/** Deploys pushes: all become current, or none. */
export function deploy(world: World, pushes: readonly Push[], operation: Operation): Promise<Outcome[]> {
  const intents = pushes.map(
    (push): Intent => ({
      site: push.site,
      reason: 'deploy',
      ...(push.revision ? { revision: push.revision } : {}),
      candidate: (run) => buildCandidate(world, run, push),
    }),
  );
  return makeCurrent(world, intents, operation);
}

/** Changes a site without a push: scale, configuration, domains, reload. */
export async function change(
  world: World,
  site: SiteName,
  wanted: Change,
  operation: Operation,
): Promise<Outcome> {
  const intent: Intent = {
    site,
    reason: wanted.reason,
    candidate: (run) => changedCandidate(world, run, wanted),
  };
  const [outcome] = await makeCurrent(world, [intent], operation);
  return outcome as Outcome;
}

async function makeCurrent(
  world: World,
  intents: readonly Intent[],
  operation: Operation,
): Promise<Outcome[]> {
  return withSites(
    world,
    intents.map(({ site }) => site),
    intents[0]?.reason ?? 'deploy',
    operation,
    async (leases) => {
      const together = new AbortController();
      const shared = { ...operation, signal: AbortSignal.any([operation.signal, together.signal]) };
      const runs = await Promise.all(intents.map((intent) => begin(world, intent, leases, shared)));
      const candidates = new Map<Run, Candidate>();
      let ready: (Ready & { facts: Registered })[];
      try {
        ready = await allOrNone(runs, together, async (run, index) => {
          const candidate = await (intents[index] as Intent).candidate(run);
          candidates.set(run, candidate);
          return makeReady(world, run, candidate);
        });
        await switchTo(world, ready);
      } catch (error) {
        const failure =
          operation.signal.aborted && !isOctohostError(error)
            ? errors.E_ABORTED({ what: 'The deploy' }, { cause: error })
            : error;
        await cleanUp(world, runs, candidates, failure);
        throw failure;
      }
      return Promise.all(ready.map((one) => finish(world, one)));
    },
  );
}

/** The release is current and routed; what fails from here on is a warning. */
async function finish(
  world: World,
  { run, candidate, others, facts }: Ready & { facts: Registered },
): Promise<Outcome> {
  const { release } = candidate;
  const context = channel(uninterrupted(run.operation), run.site);
  const urls = urlsOf(release.domains, world.config.http.port);
  if (release.domains.length > 0) await world.hooks.announce('routed', { ...facts, release, urls }, context);
  try {
    await publish(world, run, candidate, context);
  } catch (error) {
    context.warn(`current, not published: ${messageOf(error)}; octo converge ${run.site} tries again`);
  }
  await world.hooks.announce(
    'settled',
    { ...deploymentOf(run), outcome: 'current', steps: run.steps },
    context,
  );
  return { release, urls, steps: run.steps, retiring: others.length };
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

async function begin(
  world: World,
  intent: Intent,
  leases: ReadonlyMap<SiteName, Lease>,
  operation: Operation,
): Promise<Run> {
  const { site, reason, revision } = intent;
  const pointer = await world.state.pointer(site);
  const releases = await world.state.releases(site);
  return {
    site,
    reason,
    ...(revision ? { revision } : {}),
    deploy: createDeployId(world.clock.now(), randomBytes(4).toString('hex')),
    lease: leases.get(site) as Lease,
    operation,
    pointer,
    previous: releases.find(({ number }) => number === pointer?.record.release),
    lastNumber: releases.at(-1)?.number ?? 0,
    settings: await world.state.settings(site),
    steps: [],
  };
}
