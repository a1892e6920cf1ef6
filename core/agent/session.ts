/** The agent at work: what it hears is gathered, looked at once, and acted on. */
import { messageOf } from '../errors.ts';
import type { SiteName } from '../grammar.ts';
import { keys } from '../keys.ts';
import type { Lease } from '../lease.ts';
import type { Operation, World } from '../world.ts';
import { pauseAfter } from './backoff.ts';
import { Checker } from './checker.ts';
import { CurrentReleases } from './current.ts';
import { Drainage } from './drainage.ts';
import { Front } from './front.ts';
import { hear } from './hear.ts';
import type { Journal } from './journal.ts';
import { Mender } from './mender.ts';
import { type Noted, Notes } from './noted.ts';
import { Sights } from './sights.ts';
import { Ward } from './ward.ts';
import { hasJumped } from './watchdog.ts';

const tickMs = 100;
const routerEveryMs = 1_000;
const againEveryMs = 1_000;
/** Everything is looked at again, for what nobody told; and everything is converged, for what nobody would see. */
const lookEveryMs = 30_000;
const convergeEveryMs = 10 * 60_000;
/** What is being mended when the agent is told to end has this long; whatever is left is finished by the next one. */
const farewellMs = 5_000;

interface Session {
  readonly world: World;
  readonly lease: Lease;
  readonly journal: Journal;
  readonly signal: AbortSignal;
  readonly notes: Notes;
  readonly sights: Sights;
  readonly checker: Checker;
  readonly mender: Mender;
  readonly front: Front;
  readonly ward: Ward;
  /** What waits for the next look. */
  readonly due: {
    /** Nobody knows what happened meanwhile: every site is converged. */
    converge: boolean;
    /** Something was left to somebody who works on it. */
    again: boolean;
  };
}

/** Works until the signal aborts. */
export async function runSession(
  world: World,
  lease: Lease,
  journal: Journal,
  signal: AbortSignal,
): Promise<void> {
  const operation = operationOf(journal, signal);
  const notes = new Notes();
  const sights = new Sights(world.providers.runtime);
  const current = new CurrentReleases(world.state);
  const checker = new Checker(world.clock, () => notes.note());
  const mender = new Mender({ world, journal, operation, looked: () => notes.note() });
  const before = await world.state.agent(world.process.host);
  const drainage = new Drainage(world, signal, () => notes.note());
  const front = new Front({ world, lease, journal, sights, checker, current, drainage, operation }, before);
  const ward = new Ward(world, { sights, mender, current });
  const due = { converge: true, again: false };
  const session = { world, lease, journal, signal, notes, sights, checker, mender, front, ward, due };
  notes.noteAll();
  await Promise.all([...listeners(session), passTime(session), work(session)]);
  await Promise.race([mender.idle(), world.clock.sleep(farewellMs).catch(() => {})]);
}

/** Looks whenever something was noted; what cannot be looked at is looked at again. */
async function work(session: Session): Promise<void> {
  const { world, journal, signal, notes } = session;
  let failures = 0;
  while (!signal.aborted) {
    try {
      await look(session, await notes.next(world.clock, signal));
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      failures++;
      const pauseMs = pauseAfter(failures, 'look');
      journal.note(`${messageOf(error)} Next try in ${pauseMs / 1000} s.`);
      await world.clock.sleep(pauseMs, signal).catch(() => {});
      // What was noted is gone with it.
      notes.noteAll();
    }
  }
}

/** An engine that is away must not keep routes from changing: what was last seen of it holds. */
async function look({ sights, front, ward, mender, due }: Session, noted: Noted): Promise<void> {
  const unseen = await sights.look(noted).then(
    () => [],
    (error: unknown) => [error],
  );
  const view = await front.attend();
  if (unseen.length > 0) throw unseen[0];
  if (await ward.look(view)) due.again = true;
  if (due.converge) await ward.visitAll();
  due.converge = false;
  mender.mendDue();
}

/** Whatever happened meanwhile, nobody told of it. */
function lookAtAll({ due, notes }: Session): void {
  due.converge = true;
  notes.noteAll();
}

/** Does what is due as time passes. */
async function passTime(session: Session): Promise<void> {
  const { world, journal, signal, notes, checker, mender, front, lease, due } = session;
  const { clock } = world;
  const since = { again: 0, router: 0, look: clock.now(), converge: clock.now() };
  const isDue = (name: keyof typeof since, everyMs: number) => {
    const is = Math.abs(clock.now() - since[name]) >= everyMs;
    if (is) since[name] = clock.now();
    return is;
  };
  while (!signal.aborted) {
    const began = clock.now();
    await clock.sleep(tickMs, signal).catch(() => {});
    if (signal.aborted) return;
    if (hasJumped(tickMs, began, clock.now())) {
      journal.note('the clock jumped, or this host slept or stood still: everything is looked at again');
      lookAtAll(session);
    }
    checker.askDue(signal);
    mender.mendDue();
    if (due.again && isDue('again', againEveryMs)) {
      due.again = false;
      notes.note();
    }
    if (isDue('look', lookEveryMs)) notes.noteAll();
    if (isDue('converge', convergeEveryMs)) lookAtAll(session);
    if (isDue('router', routerEveryMs) && (await front.routerIsDown())) notes.note();
    await journal.write(lease).catch(() => {});
  }
}

function listeners(session: Session): Promise<void>[] {
  const { world, journal, notes, signal } = session;
  const { providers, state, clock } = world;
  const shared = { say: (line: string) => journal.note(line), clock, signal };
  const changed = { heard: () => notes.note(), again: () => notes.noteAll() };
  return [
    hear({
      ...shared,
      what: 'The runtime',
      listen: () => providers.runtime.watch(signal),
      listening: () => notes.noteAll(),
      heard({ id, site, name, what }) {
        journal.note(`${name}: ${what}`, site);
        notes.note(id);
      },
      again() {
        journal.note('The runtime can be heard again');
        lookAtAll(session);
      },
    }),
    hear({
      ...shared,
      ...changed,
      what: 'The catalog',
      listen: async () => providers.registrar.watch(signal),
    }),
    hear({
      ...shared,
      ...changed,
      what: 'The store',
      listen: async () => state.store.watch(keys.routes, signal),
    }),
  ];
}

/** Nobody is waited for: whoever works on a site leaves it as it should be. */
function operationOf(journal: Journal, signal: AbortSignal): Operation {
  const reporter = {
    deploy: () => {},
    begin: () => {},
    end: () => {},
    output: () => {},
    warn: (site: SiteName, line: string) => journal.note(line, site),
  };
  return { actor: 'agent', signal, reporter, waitSeconds: 0 };
}
