/** The trace of a deploy on record: what ran in it, how long, and which tap took far longer than it used to. */
import * as z from 'zod/mini';
import { findDeploy, keptDeploys } from './deploys.ts';
import { errors } from './error-catalogue.ts';
import { messageOf } from './errors.ts';
import type { SiteName } from './grammar.ts';
import { keys } from './keys.ts';
import type { DeployId } from './release.ts';
import type { StoreOperation } from './roles.ts';
import type { Run } from './run.ts';
import { inOrder, type TracedTap, type TraceNotes, type TraceSpan } from './trace-notes.ts';
import { channel, uninterrupted, type World } from './world.ts';

/** What ran in a deploy, and how long. */
export interface DeployTrace {
  readonly site: SiteName;
  readonly deploy: DeployId;
  /** ISO 8601; when it had its lease. */
  readonly began: string;
  /** Until its taps on `settled` had ended. Of what came later, as the end of old instances, `start` is greater. */
  readonly milliseconds: number;
  /** Steps and taps, in the order in which they began. */
  readonly spans: readonly TraceSpan[];
  /** How many calls of taps were too many to be kept; absent: none. */
  readonly left?: number;
}

const timed = { start: z.number(), milliseconds: z.number() };

export const traceSchema = z.object({
  site: z.string(),
  deploy: z.string(),
  began: z.iso.datetime(),
  milliseconds: z.number(),
  spans: z.array(
    z.discriminatedUnion('kind', [
      z.object({ ...timed, kind: z.literal('step'), step: z.string(), result: z.enum(['ok', 'failed']) }),
      z.object({
        ...timed,
        kind: z.literal('tap'),
        hook: z.string(),
        plugin: z.string(),
        tap: z.string(),
        step: z.optional(z.string()),
        calls: z.int(),
        slowest: z.number(),
        result: z.enum(['ok', 'failed', 'timeout', 'aborted']),
        problem: z.optional(z.string()),
        usual: z.optional(z.number()),
      }),
    ]),
  ),
  left: z.optional(z.int()),
});

const longestProblem = 200;

/** Fewer deploys than these tell nothing of what is usual. */
const fewest = 3;
/** Far longer is so many times the usual, and so many milliseconds more. */
const farLonger = { times: 5, milliseconds: 500 };

/** The spans, each tap that took far longer than in the median of earlier deploys with what is usual. Pure. */
export function withUsual(
  spans: readonly TraceSpan[],
  earlier: readonly Pick<DeployTrace, 'spans'>[],
): TraceSpan[] {
  return spans.map((span) => {
    if (span.kind === 'step' || span.result !== 'ok') return span;
    const usual = usualOf(span, earlier);
    if (usual === undefined) return span;
    const { times, milliseconds } = farLonger;
    return span.slowest >= usual * times && span.slowest >= usual + milliseconds ? { ...span, usual } : span;
  });
}

/** The median of what the slowest call of this tap took, step by step; undefined where too few deploys know it. */
function usualOf(tap: TracedTap, earlier: readonly Pick<DeployTrace, 'spans'>[]): number | undefined {
  const isSame = (one: TraceSpan) =>
    one.kind === 'tap' &&
    one.result === 'ok' &&
    one.hook === tap.hook &&
    one.plugin === tap.plugin &&
    one.tap === tap.tap &&
    one.step === tap.step;
  const times = earlier
    .flatMap(({ spans }) => spans.filter(isSame).map((one) => (one as TracedTap).slowest))
    .toSorted((a, b) => a - b);
  return times.length < fewest ? undefined : times[Math.floor((times.length - 1) / 2)];
}

/** Puts on record what ran in a deploy, and warns of what took far longer than usual. Never throws. */
export async function recordTrace(world: World, { site, deploy, operation }: Run): Promise<void> {
  const { notes } = operation;
  if (!notes) return;
  const context = channel(uninterrupted(operation), site);
  try {
    const earlier = await world.state.traces(site);
    const trace: DeployTrace = {
      site,
      deploy,
      began: new Date(notes.began).toISOString(),
      milliseconds: world.clock.now() - notes.began,
      spans: withUsual(shownSpans(world, notes), earlier),
      ...(notes.left > 0 ? { left: notes.left } : {}),
    };
    for (const span of trace.spans)
      if (span.kind === 'tap' && span.usual !== undefined) context.warn(slowLine(span, span.usual));
    const old = earlier.slice(0, Math.max(0, earlier.length + 1 - keptDeploys));
    await world.state.store.transact([
      setTo(trace),
      ...old.map((one) => ({ kind: 'delete' as const, key: keys.trace(site, one.deploy) })),
    ]);
  } catch (error) {
    context.warn(`its trace could not be kept: ${messageOf(error)}`);
  }
}

function slowLine({ plugin, tap, hook, slowest }: TracedTap, usual: number): string {
  return `${plugin}:${tap} on ${hook} took ${slowest} ms; usually it takes ${usual} ms`;
}

/** Adds what ran after the deploy that is current: its old instances end later, often in another process. */
export async function addToTrace(world: World, site: SiteName, notes: TraceNotes): Promise<void> {
  const later = shownSpans(world, notes);
  if (later.length === 0) return;
  const deploys = await world.state.deploys(site);
  const last = deploys.findLast(({ record }) => record.phase === 'current')?.record.deploy;
  const found = last === undefined ? undefined : await world.state.trace(site, last);
  if (!found) return;
  const { record, version } = found;
  const delay = notes.began - Date.parse(record.began);
  const moved = later.map((span) => ({ ...span, start: span.start + delay }));
  const { done } = await world.state.store.transact([
    { ...setTo({ ...record, spans: inOrder([...record.spans, ...moved]) }), expect: version },
  ]);
  if (!done) await addToTrace(world, site, notes);
}

function setTo(trace: DeployTrace): StoreOperation & { kind: 'set' } {
  return { kind: 'set', key: keys.trace(trace.site, trace.deploy), value: JSON.stringify(trace) };
}

/** As everybody may see them: a plugin's error may have a secret in it, which a cut before would leave half of. */
function shownSpans(world: World, notes: TraceNotes): TraceSpan[] {
  const { redactor } = world.state.secrets;
  return notes.spans().map((span) => {
    if (span.kind === 'step' || span.problem === undefined) return span;
    return { ...span, problem: redactor.redact(span.problem).slice(0, longestProblem) };
  });
}

/** @throws E_DEPLOY_UNKNOWN; E_TRACE_NONE where it has not ended, or was killed */
export async function traceOf(world: World, deploy: DeployId): Promise<DeployTrace> {
  const { record } = await findDeploy(world, deploy);
  const found = await world.state.trace(record.site, deploy);
  if (!found) throw errors.E_TRACE_NONE({ deploy });
  return found.record;
}
