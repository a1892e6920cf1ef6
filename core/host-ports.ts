/**
 * A host port of a repository's own choice cannot be shared. The new version is proven without it; then the old one
 * gives it up and the new one starts with it. If that fails, the old one comes back. For the time between, nobody
 * answers, which is told.
 */
import { randomBytes } from 'node:crypto';
import type { SiteName } from './grammar.ts';
import { nameInstances } from './instance-name.ts';
import { ensureInstances, ensureServices, findInstances, startOne } from './instances.ts';
import { keys } from './keys.ts';
import type { Lease } from './lease.ts';
import type { Candidate } from './plan.ts';
import type { Instance, PortBinding, Release } from './release.ts';
import { endMarked, markRetiring, takeAway } from './retire.ts';
import type { StepContext } from './roles.ts';
import { applyRoutes } from './routes.ts';
import { createDeployId, type Former, type Run } from './run.ts';
import { instanceSpec } from './spec.ts';
import type { World } from './world.ts';

/** Requests that the old instance still answers; longer ones are cut, for all others wait for the new one. */
const drainSeconds = 5;

/**
 * Where an instance of before has a host port that the new release wants: proves the new version, then ends that one.
 * Returns when the site's own instances leave the ports alone, with the time since which nobody answers.
 */
export async function takeOverPorts(
  world: World,
  run: Run,
  candidate: Pick<Candidate, 'release' | 'environment'>,
  context: StepContext,
): Promise<number | undefined> {
  const { release } = candidate;
  const { former } = run;
  const before = former ? await holdersAt(world, former.site, release) : [];
  if ((await holdersOf(world, release)).length + before.length === 0) return undefined;
  await prove(world, run, candidate, context);
  const numbers = (release.run.hostPorts ?? []).map(({ hostPort }) => hostPort).join(', ');
  context.warn(
    `the host's port ${numbers} cannot be shared: ${run.site} does not answer until its new version runs`,
  );
  const began = world.clock.now();
  await endHolders(world, run.lease, release, context);
  if (former) await end(world, { ...former, deploy: run.deploy }, before, context);
  return began;
}

/** Ends the site's instances that stand in the way of a release's host ports. Under the site's lease only. */
export async function endHolders(
  world: World,
  lease: Lease,
  release: Release,
  context: StepContext,
): Promise<void> {
  const { site, deploy } = release;
  await end(world, { site, lease, deploy }, await holdersOf(world, release), context);
}

/** Whose instances are ended, and for which deploy. */
type Ending = Former & Pick<Release, 'deploy'>;

async function end(
  world: World,
  ending: Ending,
  holders: readonly Instance[],
  context: StepContext,
): Promise<void> {
  if (holders.length === 0) return;
  await mark(world, ending, holders);
  await applyRoutes(world, context);
  await endMarked(world, ending.site, holders, context, drainSeconds);
}

/** None where the release has all its instances already. */
async function holdersOf(world: World, release: Release): Promise<readonly Instance[]> {
  const wanted = release.run.hostPorts ?? [];
  if (wanted.length === 0) return [];
  const { kept, others } = await findInstances(world, release);
  if (kept.length === release.count) return [];
  return others.filter(({ bindings }) => bindings.some((one) => clashes(one, wanted)));
}

/** The instances of a site that stand in the way of a release of another name. */
async function holdersAt(world: World, site: SiteName, { run }: Release): Promise<readonly Instance[]> {
  const wanted = run.hostPorts ?? [];
  const all = await world.providers.runtime.list(site);
  return all.filter(({ bindings }) => bindings.some((one) => clashes(one, wanted)));
}

function clashes(one: PortBinding, wanted: readonly PortBinding[]): boolean {
  return wanted.some(({ hostPort, protocol }) => hostPort === one.hostPort && protocol === one.protocol);
}

/** Starts the new version beside the old one, without the host's ports and network, and takes it away again. */
async function prove(
  world: World,
  run: Run,
  { release, environment }: Pick<Candidate, 'release' | 'environment'>,
  context: StepContext,
): Promise<void> {
  const { hostPorts: _ports, hostNetwork: _network, ...spec } = instanceSpec(release, environment);
  // Its index is none that a real instance of this deploy has.
  const index = release.count + 1;
  const proof = await startOne(
    world,
    { release, spec, deploy: run.deploy, lease: run.lease, former: run.former, index },
    context,
  );
  await takeAway(world, run.lease, run.site, [proof], context);
}

async function mark(
  world: World,
  { site, lease, deploy }: Ending,
  instances: readonly Instance[],
): Promise<void> {
  await world.state.commitAnew(`The instances of ${site}`, async () => [
    lease.check(),
    ...markRetiring(site, await world.state.retiring(site), instances),
    { kind: 'set', key: keys.routes, value: `host ports of ${deploy}` } as const,
  ]);
}

/** After a failure: the release that is still current gets back what it had given up. True where it had. */
export async function bringBack(world: World, run: Run, context: StepContext): Promise<boolean> {
  const { previous, pointer } = run;
  if (!previous?.run.hostPorts || pointer?.record.stopped) return false;
  await endHolders(world, run.lease, previous, context);
  const deploy = createDeployId(world.clock.now(), randomBytes(4).toString('hex'));
  const environment = await world.state.environment(previous);
  const { instances, started } = await ensureInstances(
    world,
    previous,
    environment,
    { deploy, lease: run.lease },
    context,
  );
  if (started.length === 0) return false;
  await ensureServices(world, previous, instances, context);
  await applyRoutes(world, context);
  await nameInstances(world, previous, instances);
  return true;
}
