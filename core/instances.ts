/** Makes a release's instances be there: what runs already is kept, what is missing is started and proven. */
import { askTcp } from './checks/ask-tcp.ts';
import { checkOf, mayEnd } from './checks/choose.ts';
import { proveInstance } from './checks/prove.ts';
import { errors } from './error-catalogue.ts';
import { isOctohostError } from './errors.ts';
import { isWildcard } from './grammar.ts';
import type { Lease } from './lease.ts';
import { freePorts, reservePorts } from './ports.ts';
import { secretsOf } from './redaction.ts';
import type { DeployId, Instance, InstanceService, PortBinding, Release } from './release.ts';
import { takeAway } from './retire.ts';
import type { CatalogEntry, InstanceSpec, InstanceState, StepContext } from './roles.ts';
import type { Former } from './run.ts';
import { afterFirst, isWorthAnotherTry, sayAgain } from './second-try.ts';
import { isEntryOf, ownUrl, routedBinding, serviceId } from './service.ts';
import { instanceSpec } from './spec.ts';
import { dataOf } from './volumes.ts';
import type { World } from './world.ts';

/** How often another host port is tried when a program outside octohost sits on the chosen one. */
const portAttempts = 20;

/** How long a program of this host may take to accept a connection. */
const answerMs = 1000;

export interface Ensured {
  /** Of the release, as many as it counts, oldest first. */
  readonly instances: readonly Instance[];
  readonly started: readonly Instance[];
  /** Of the site, and not wanted by the release. */
  readonly others: readonly Instance[];
}

/** Sorts by time. The name alone does not: an instance may have been given another one. */
function age({ deploy, name }: Instance): string {
  return `${deploy} ${name}`;
}

/** Splits a site's instances into those that a release keeps and the others. Pure. */
export function chooseInstances(
  release: Pick<Release, 'spec' | 'count'>,
  found: readonly { readonly instance: Instance; readonly alive: boolean }[],
  retiring: ReadonlySet<string>,
): { kept: Instance[]; others: Instance[] } {
  const oldestFirst = found.toSorted((a, b) => (age(a.instance) < age(b.instance) ? -1 : 1));
  const fit = oldestFirst.filter(
    ({ instance, alive }) => alive && instance.spec === release.spec && !retiring.has(instance.id),
  );
  const kept = fit.slice(0, release.count).map(({ instance }) => instance);
  const others = oldestFirst.map(({ instance }) => instance).filter((instance) => !kept.includes(instance));
  return { kept, others };
}

/**
 * Starts what is missing, some at a time, and proves it, all side by side. The first failure stops the others and is thrown; what was
 * started then is left to the caller, who knows whether it still holds the lease.
 */
export async function ensureInstances(
  world: World,
  release: Release,
  environment: Readonly<Record<string, string>>,
  by: Starter,
  context: StepContext,
): Promise<Ensured> {
  const { kept, others } = await findInstances(world, release, by.waits);
  const spec = instanceSpec(release, environment);
  const missing = Array.from({ length: release.count - kept.length }, (_, index) => index + 1);
  const failing = new AbortController();
  const shared = { ...context, signal: AbortSignal.any([context.signal, failing.signal]) };
  const outcomes = await Promise.allSettled(
    missing.map(async (index) => {
      try {
        const instance = await startOne(world, { release, spec, index, ...by }, shared);
        await by.proven?.(instance);
        return instance;
      } catch (error) {
        failing.abort(error);
        throw error;
      }
    }),
  );
  if (failing.signal.aborted) throw failing.signal.reason;
  const started = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  return { instances: [...kept, ...started], started, others };
}

/**
 * What runs of a site and what of it the release keeps.
 * @param waits true: what the runtime is about to start again by itself counts as there
 * @param known whether an instance is there, where that is known without a look at it
 */
export async function findInstances(
  world: World,
  release: Release,
  waits = false,
  known: (instance: Instance) => boolean = () => false,
): Promise<{ kept: Instance[]; others: Instance[] }> {
  const { runtime } = world.providers;
  const listed = await runtime.list(release.site);
  const retiring = await world.state.retiring(release.site);
  const found = await Promise.all(
    listed.map(async (instance) => {
      const alive = known(instance) || isThere(release, instance, await runtime.inspect(instance), waits);
      return { instance, alive };
    }),
  );
  return chooseInstances(release, found, new Set(retiring?.record.instances.map(({ id }) => id)));
}

/** Whether an instance of a release needs no other one in its place. Pure. */
export function isThere(
  { check, run }: Pick<Release, 'check' | 'run'>,
  { complete }: Pick<Instance, 'complete'>,
  state: InstanceState | undefined,
  waits: boolean,
): boolean {
  if (!state) return false;
  if (complete) return true;
  // One that runs and was not kept never proved itself: its deploy was killed in the middle of the check.
  if (state.kept && (state.running || (waits && state.returning === true))) return true;
  return mayEnd(check, run) && !state.running && state.exitCode === 0;
}

/** Who starts instances: they carry the deploy's id, and are taken away under the lease. */
export interface Starter {
  readonly deploy: DeployId;
  readonly lease: Lease;
  /** The name that the site has until now, where it is renamed: whose volumes they get. */
  readonly former?: Former | undefined;
  /** True: what the runtime is about to start again by itself counts as there. */
  readonly waits?: boolean;
  /** Told of each instance as soon as it has proven itself; what this throws stops the others. */
  readonly proven?: (instance: Instance) => Promise<void>;
}

export interface One extends Starter {
  readonly release: Release;
  readonly spec: InstanceSpec;
  readonly index: number;
}

/** Starts one instance, with one more try; when it returns, the instance has proven itself. */
export async function startOne(world: World, one: One, context: StepContext): Promise<Instance> {
  let begun: Instance | undefined;
  try {
    begun = await world.startInTurn(() => startOnFreePorts(world, one, context));
    return await prove(world, one, begun, context);
  } catch (first) {
    if (context.signal.aborted || !isWorthAnotherTry(first)) throw first;
    context.output(sayAgain(first));
    if (begun) await takeAway(world, one.lease, begun.site, [begun], context);
    try {
      return await prove(
        world,
        one,
        await world.startInTurn(() => startOnFreePorts(world, one, context)),
        context,
      );
    } catch (second) {
      throw afterFirst(first, second);
    }
  }
}

async function prove(
  world: World,
  { release, spec }: One,
  instance: Instance,
  context: StepContext,
): Promise<Instance> {
  const { runtime } = world.providers;
  const proof = {
    instance,
    check: checkOf(release.check, release.run),
    host: release.domains.find((domain) => !isWildcard(domain)),
    options: release.check,
    secrets: secretsOf(spec.environment),
    runtime,
    clock: world.clock,
    signal: context.signal,
  };
  const proven = await proveInstance(proof);
  // A data-only instance has ended well: it is complete, and must not come back.
  if (!proven?.running) return instance;
  await runtime.keep(instance);
  // One that ended just before, with an engine that was restarted for instance, does not come back.
  if (!(await runtime.inspect(instance))?.running) await proveInstance(proof);
  return instance;
}

async function startOnFreePorts(
  world: World,
  { release, spec, deploy, index, former }: One,
  context: StepContext,
): Promise<Instance> {
  context.signal.throwIfAborted();
  const avoid = new Set<number>();
  for (let attempt = 1; ; attempt++) {
    const ports = spec.hostNetwork ? [] : spec.ports;
    const own = await reservePorts(world, { site: release.site, deploy, ports, avoid });
    const asked = spec.hostPorts ?? [];
    if (spec.hostNetwork) await refuseAnswered(asked, context.signal);
    const bindings = [...own, ...asked];
    const data = await dataOf(world, release.site, former?.site);
    try {
      return await world.providers.runtime.start(
        { spec, digest: release.spec, release: release.number, deploy, index, bindings, ...data },
        context,
      );
    } catch (error) {
      await freePorts(world, { site: release.site, deploy }, own);
      if (!isOctohostError(error) || error.code !== 'E_PORT_TAKEN') throw error;
      const taken = asked.find((one) => error.message.includes(`${one.hostAddress}:${one.hostPort} `));
      if (taken) throw errors.E_HOST_PORT_TAKEN({ port: taken.hostPort }, { cause: error });
      if (attempt === portAttempts) throw error;
      for (const { hostPort } of own) avoid.add(hostPort);
    }
  }
}

/** In the host's network no engine refuses a port that another program has, and that one would answer the check. */
async function refuseAnswered(wanted: readonly PortBinding[], signal: AbortSignal): Promise<void> {
  for (const { hostAddress: address, hostPort: port, protocol } of wanted) {
    if (protocol === 'udp') continue;
    const { is } = await askTcp([{ address, port, own: true }], answerMs, signal);
    if (is === 'good') throw errors.E_HOST_PORT_TAKEN({ port });
  }
}

/** The services of a release's instances: one each, at the routed port. Pure. */
export function servicesOf(release: Release, instances: readonly Instance[]): InstanceService[] {
  return instances.flatMap((instance) => {
    const binding = routedBinding(release, instance);
    if (!binding) return [];
    const { hostAddress: address, hostPort: port } = binding;
    const { site, deploy, spec } = instance;
    return [
      {
        kind: 'instance',
        id: serviceId(site, address, port),
        site,
        address,
        port,
        ...serviceFacts(release, ownUrl({ address, port })),
        instance: instance.id,
        deploy,
        spec,
      },
    ];
  });
}

function serviceFacts({ service }: Release, own: string): Pick<InstanceService, 'tags' | 'check'> {
  const { tags = ['http'], check } = service ?? {};
  if (!check) return { tags };
  return { tags, check: { http: check.url ?? own, interval: check.interval } };
}

/** The services of instances as plugins want them, and those of them that the catalog has not, or otherwise. */
export async function lackingServices(
  world: World,
  release: Release,
  instances: readonly Instance[],
  catalog: readonly CatalogEntry[],
  context: StepContext,
): Promise<{ services: InstanceService[]; lacking: InstanceService[] }> {
  const services = await Promise.all(
    servicesOf(release, instances).map((service) => world.hooks.modify('modifyService', service, context)),
  );
  const known = new Map(catalog.map((entry) => [entry.id, entry]));
  return { services, lacking: services.filter((one) => !isEntryOf(known.get(one.id), one)) };
}

/** Registers what the catalog does not have, or has otherwise; returns all services of the instances. */
export async function ensureServices(
  world: World,
  release: Release,
  instances: readonly Instance[],
  context: StepContext,
): Promise<InstanceService[]> {
  const { registrar } = world.providers;
  const catalog = await registrar.list(release.site);
  const { services, lacking } = await lackingServices(world, release, instances, catalog, context);
  for (const service of lacking) {
    context.signal.throwIfAborted();
    await registrar.register(service);
  }
  return services;
}
