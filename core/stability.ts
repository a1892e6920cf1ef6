/**
 * How a release did in the half minute after its switch. That it is to be watched is written with the pointer; what came
 * of it is written by whoever looks once the time is over: a process in the background, converge, or the next deploy. So
 * no push waits for it, and nothing is lost where that process is killed.
 */
import type { SiteName } from './grammar.ts';
import { keys } from './keys.ts';
import type { Stability } from './records.ts';
import type { Release } from './release.ts';
import type { InstanceState, StoreOperation } from './roles.ts';
import type { Versioned } from './state.ts';
import type { Operation, World } from './world.ts';

const watchMs = 30_000;
/** How often a process that waits looks whether the release is still current. */
const lookEveryMs = 5_000;

/** Part of the pointer's transaction: instances that a deploy started are watched from now on. */
export function beginWatch({ clock }: World, { site, number, deploy, spec }: Release): StoreOperation {
  const since = new Date(clock.now()).toISOString();
  const record: Stability = { site, release: number, deploy, spec, since, phase: 'watched' };
  return { kind: 'set', key: keys.stability(site, number), value: JSON.stringify(record) };
}

/**
 * What a look at the instances says. Pure. Each was started for this release, so every restart is its own. Whoever looks
 * late knows when the last one was; where there were more, some may have been in time.
 */
export function judgeStability(
  { phase, since }: Pick<Stability, 'phase' | 'since'>,
  states: readonly InstanceState[],
  now: number,
): Stability['phase'] {
  if (phase !== 'watched') return phase;
  const until = Date.parse(since) + watchMs;
  const isOver = now >= until;
  const hasEnded = ({ kept, running, restarts, startedAt }: InstanceState) =>
    restarts > 1 || (restarts === 1 && Date.parse(startedAt) <= until) || (kept && !running && !isOver);
  if (states.some(hasEnded)) return 'unstable';
  return isOver ? 'stable' : 'watched';
}

/** Whether instances of a spec were unstable when they were last watched, under whichever release. Pure. */
export function isUnstable(records: readonly Stability[], { spec }: Pick<Release, 'spec'>): boolean {
  const judged = records.filter((one) => one.spec === spec && one.phase !== 'watched');
  return judged.toSorted((a, b) => a.release - b.release).at(-1)?.phase === 'unstable';
}

/** Every record of a site, oldest first, that of the current release as it is now. Writes nothing. */
export async function stabilities(world: World, site: SiteName): Promise<Stability[]> {
  const [records, current] = await Promise.all([world.state.stabilities(site), lookNow(world, site)]);
  return records.map((record) => (record.release === current?.record.release ? current.record : record));
}

/** Writes down what came of the current release, where that is known by now. */
export async function settleStability(world: World, site: SiteName): Promise<Stability['phase'] | undefined> {
  const looked = await lookNow(world, site);
  if (!looked) return undefined;
  const { record, version } = looked;
  if (record.phase !== 'watched') {
    const key = keys.stability(site, record.release);
    // Somebody else has looked at the same time, or the release is gone: both know better.
    await world.state.store.transact([{ kind: 'set', key, value: JSON.stringify(record), expect: version }]);
  }
  return record.phase;
}

/** Waits until the time of these sites' current releases is over, or another release is current; settles them. */
export async function watchReleases(
  world: World,
  sites: readonly SiteName[],
  { signal }: Operation,
): Promise<void> {
  await Promise.all(
    sites.map(async (site) => {
      const release = (await world.state.pointer(site))?.record.release;
      for (;;) {
        if ((await world.state.pointer(site))?.record.release !== release) return;
        if ((await settleStability(world, site)) !== 'watched') return;
        await world.clock.sleep(lookEveryMs, signal);
      }
    }),
  );
}

/** The current release's record with the phase that it has now; undefined where nothing is left to be watched. */
async function lookNow(world: World, site: SiteName): Promise<Versioned<Stability> | undefined> {
  const { state, clock } = world;
  const pointer = await state.pointer(site);
  if (!pointer || pointer.record.stopped) return undefined;
  const found = await state.stability(site, pointer.record.release);
  if (found?.record.phase !== 'watched') return undefined;
  const phase = judgeStability(found.record, await ownStates(world, found.record), clock.now());
  // Once the pointer has moved, an end may be our own doing.
  if ((await state.pointer(site))?.version !== pointer.version) return undefined;
  return { record: { ...found.record, phase }, version: found.version };
}

/** Of the instances that its deploy started. */
async function ownStates({ providers }: World, { site, deploy }: Stability): Promise<InstanceState[]> {
  const { runtime } = providers;
  const own = (await runtime.list(site)).filter((instance) => instance.deploy === deploy);
  const states = await Promise.all(own.map((instance) => runtime.inspect(instance)));
  return states.filter((state) => state !== undefined);
}
