/** Brings a site up to its release: each instance is in the catalog and led to as soon as it has proven itself. */
import { randomBytes } from 'node:crypto';
import pLimit from 'p-limit';
import { endHolders } from './host-ports.ts';
import { nameInstances } from './instance-name.ts';
import { ensureInstances, ensureServices } from './instances.ts';
import type { Lease } from './lease.ts';
import type { Instance, InstanceService, Release } from './release.ts';
import type { StepContext } from './roles.ts';
import { applyRoutes } from './routes.ts';
import { createDeployId } from './run.ts';
import { channel, type Operation, type World } from './world.ts';

/** What there is of a site afterwards. */
export interface BroughtUp {
  /** What was done, in words. */
  readonly did: readonly string[];
  /** Instances of the site that the release does not want. */
  readonly others: readonly Instance[];
  /** Of the instances that it wants. */
  readonly services: readonly InstanceService[];
}

/** Starts and registers what a release lacks. Its routes are put in force as its instances come, and not at the end. */
export async function bringUp(
  world: World,
  release: Release,
  lease: Lease,
  operation: Operation,
): Promise<BroughtUp> {
  const context = channel(operation, release.site);
  const deploy = createDeployId(world.clock.now(), randomBytes(4).toString('hex'));
  const environment = await world.state.environment(release);
  await endHolders(world, lease, release, context);
  const early = new EarlyService(world, release, context);
  const by = { deploy, lease, waits: true, proven: (instance: Instance) => early.register(instance) };
  const { instances, started, others } = await early.whileStarting(() =>
    ensureInstances(world, release, environment, by, context),
  );
  const named = await nameInstances(world, release, instances);
  const { did, services } = await registerMissing(world, release, instances, context);
  return {
    did: [
      ...started.map(({ name }) => `started ${name}`),
      ...(named ? [named] : []),
      ...early.registered,
      ...did,
    ],
    others,
    services,
  };
}

/** Puts the services of instances into the catalog; says which were not there. */
export async function registerMissing(
  world: World,
  release: Release,
  instances: readonly Instance[],
  context: StepContext,
): Promise<{ did: string[]; services: readonly InstanceService[] }> {
  const known = new Set((await world.providers.registrar.list(release.site)).map(({ id }) => id));
  const services = await ensureServices(world, release, instances, context);
  const registered = services.filter(({ id }) => !known.has(id));
  return { did: registered.map(({ id }) => `registered ${id}`), services };
}

/**
 * Registers each instance that is proven, and has it led to. What cannot be done here is done, and told of, at the end of
 * the convergence, for all at once.
 */
class EarlyService {
  /** What was registered, in words. */
  readonly registered: string[] = [];
  readonly #world: World;
  readonly #release: Release;
  readonly #context: StepContext;
  readonly #turn = pLimit(1);
  #routing: Promise<unknown> = Promise.resolve();

  constructor(world: World, release: Release, context: StepContext) {
    this.#world = world;
    this.#release = release;
    this.#context = { ...context, output: () => {}, warn: () => {} };
  }

  async register(instance: Instance): Promise<void> {
    try {
      const { did } = await registerMissing(this.#world, this.#release, [instance], this.#context);
      this.registered.push(...did);
      this.#route();
    } catch {
      // That it is there is worth more than that the catalog knows it.
    }
  }

  /** Returns when nothing is being applied any more. */
  async whileStarting<Result>(start: () => Promise<Result>): Promise<Result> {
    try {
      return await start();
    } finally {
      await this.#routing;
    }
  }

  /** One after the other; what comes while routes are applied is taken together by the next time. */
  #route(): void {
    if (this.#turn.pendingCount > 0) return;
    this.#routing = this.#turn(() => applyRoutes(this.#world, this.#context)).catch(() => {});
  }
}
