/** What a push would do, found out as a deploy finds it out, and without doing any of it. */
import { factsOf, sameTree } from './deploy.ts';
import type { SiteDomain } from './domains.ts';
import { examine } from './examine.ts';
import type { Domain, SiteName } from './grammar.ts';
import { findInstances, servicesOf } from './instances.ts';
import { takenFrom } from './origin.ts';
import { type Candidate, planRelease } from './plan.ts';
import { changedOptions, type Names, namesOf, type OptionChange } from './preview-changes.ts';
import { previewRoutes } from './preview-routes.ts';
import type { Image, Instance, Origin, Port, Release } from './release.ts';
import { readStart, type Start } from './run.ts';
import type { Push } from './source.ts';
import { refuseSharedDomains } from './switch.ts';
import { channel, type Operation, type World } from './world.ts';

/** What a push would do. */
export interface Preview {
  readonly sites: readonly (SitePreview | StopPreview)[];
  /** What would change in the router's configuration: lines of a diff, with `+`, `-`, a blank or `@@` before each. */
  readonly router: readonly string[];
}

/** Instances by name, services by id. */
interface Ending {
  readonly instances: { readonly ended: readonly string[] };
  readonly services: { readonly deregistered: readonly string[] };
}

/** A site that the push would stop. */
export interface StopPreview extends Ending {
  readonly site: SiteName;
  readonly stops: true;
}

/** A release that a push would make. */
export interface SitePreview extends Ending {
  readonly site: SiteName;
  /** The number that the release would get. */
  readonly release: number;
  /** The release that serves now, and would be replaced. */
  readonly current?: number;
  /** The branch that the site would be taken over from. */
  readonly takesFrom?: Origin;
  /** What would be built; absent where the current release has the same tree. */
  readonly builds?: string;
  /** The command of the release task that would be run. */
  readonly task?: string;
  /**
   * What the image EXPOSEs. Nobody knows that before the build: until then it is taken to be what that of the current
   * release does, or some TCP port where there is none.
   */
  readonly exposes: { readonly known: boolean; readonly ports: readonly Port[] };
  /** A build that gives the image that runs keeps more. */
  readonly instances: Ending['instances'] & {
    readonly count: number;
    readonly kept: readonly string[];
    readonly started: number;
  };
  /** Names of the variables that the instances would get, and how they differ; values are not for logs. */
  readonly environment: Names;
  /** Run options, checks and settings of octohost's own that differ from the current release. */
  readonly options: readonly OptionChange[];
  readonly services: Ending['services'] & { readonly registered: number };
  /** Where it would answer. */
  readonly domains: readonly SiteDomain[];
  readonly gained: readonly Domain[];
  readonly lost: readonly Domain[];
}

/** What a site would become, as the router will see it. */
export interface Prospect {
  readonly start: Start;
  /** Absent: it stops. */
  readonly candidate?: Candidate;
  readonly kept: readonly Instance[];
  readonly others: readonly Instance[];
}

/**
 * What the deploy of these pushes would refuse before a build is refused here too, with the same errors. Modifiers are
 * asked, as in a deploy, for they only compute; no other tap is told.
 */
export async function preview(
  world: World,
  pushes: readonly Push[],
  stops: readonly SiteName[],
  operation: Operation,
): Promise<Preview> {
  try {
    return await previewAll(world, pushes, stops, operation);
  } finally {
    for (const { site } of pushes) world.told.delete(site);
  }
}

async function previewAll(
  world: World,
  pushes: readonly Push[],
  stops: readonly SiteName[],
  operation: Operation,
): Promise<Preview> {
  const found = await Promise.all([
    ...pushes.map((push) => previewPush(world, push, pushes, operation)),
    ...stops.map((site) => previewStop(world, site, operation)),
  ]);
  const prospects = found.map(({ prospect }) => prospect);
  refuseSharedDomains(prospects.flatMap(({ candidate }) => candidate?.release ?? []));
  const [first] = prospects;
  return {
    sites: found.map(({ facts }) => facts),
    router: first ? await previewRoutes(world, prospects, channel(operation, first.start.site)) : [],
  };
}

interface Found<Facts> {
  readonly facts: Facts;
  readonly prospect: Prospect;
}

async function previewPush(
  world: World,
  push: Push,
  pushes: readonly Push[],
  operation: Operation,
): Promise<Found<SitePreview>> {
  const { site, revision } = push;
  const intent = { site, reason: 'deploy', ...(revision ? { revision } : {}) } as const;
  const start = await readStart(world, intent, operation);
  const { previous } = start;
  const context = channel(operation, site);
  const { builder, declared, said, left } = await examine(world, start, { push, pushes }, context);
  const same = await sameTree(start, push, builder);
  const image = same?.image ?? imageLike(previous);
  const from = factsOf(push, previous);
  const request = { run: start, image, declared, said, left, fresh: !same, from };
  const candidate = await planRelease(world, request, context);
  const prospect = { start, candidate, ...(await findInstances(world, candidate.release)) };
  const takesFrom = takenFrom(previous, push);
  const facts = {
    site,
    release: candidate.release.number,
    ...(previous ? { current: previous.number } : {}),
    ...(takesFrom ? { takesFrom } : {}),
    ...(same ? {} : { builds: builder.builds }),
    ...(candidate.task ? { task: candidate.task.command } : {}),
    exposes: { known: same !== undefined, ports: image.ports },
    ...(await differences(world, prospect)),
  };
  return { facts, prospect };
}

async function differences(
  world: World,
  { start, candidate, kept, others }: Prospect & { candidate: Candidate },
) {
  const { release, environment } = candidate;
  const { previous } = start;
  const before = previous ? await world.state.environment(previous) : undefined;
  const started = release.count - kept.length;
  const missing = await missingServices(world, release, kept);
  const now = start.pointer?.record.domains ?? [];
  return {
    instances: { count: release.count, kept: kept.map(nameOf), started, ended: others.map(nameOf) },
    environment: namesOf(before, environment),
    options: previous ? await optionChanges(world, previous, candidate) : [],
    services: {
      registered: missing + (release.run.httpPort === undefined ? 0 : started),
      deregistered: await servicesBehind(world, start.site, others),
    },
    domains: release.run.httpPort === undefined ? [] : candidate.domains,
    gained: release.domains.filter((domain) => !now.includes(domain)),
    lost: now.filter((domain) => !release.domains.includes(domain)),
  };
}

async function previewStop(world: World, site: SiteName, operation: Operation): Promise<Found<StopPreview>> {
  const start = await readStart(world, { site, reason: 'stop' }, operation);
  const others = await world.providers.runtime.list(site);
  const facts: StopPreview = {
    site,
    stops: true,
    instances: { ended: others.map(nameOf) },
    services: { deregistered: await servicesBehind(world, site, others) },
  };
  return { facts, prospect: { start, kept: [], others } };
}

/** Before a build nobody knows what an image is. */
function imageLike(previous: Release | undefined): Image {
  if (!previous) return { id: '', ports: [{ port: 80, protocol: 'tcp' }], volumes: [] };
  return { ...previous.image, id: '' };
}

async function optionChanges(world: World, previous: Release, candidate: Candidate): Promise<OptionChange[]> {
  const { release, settings, said } = candidate;
  return changedOptions(
    {
      release: previous,
      settings: (await world.state.settingsOf(previous)).values,
      said: await world.state.saidOf(previous),
    },
    { release, settings, said },
    world.config,
  );
}

async function missingServices(world: World, release: Release, kept: readonly Instance[]): Promise<number> {
  const known = new Set((await world.providers.registrar.list(release.site)).map(({ id }) => id));
  return servicesOf(release, kept).filter(({ id }) => !known.has(id)).length;
}

async function servicesBehind(world: World, site: SiteName, ended: readonly Instance[]): Promise<string[]> {
  const gone = new Set(ended.map(({ id }) => id));
  const catalog = await world.providers.registrar.list(site);
  return catalog.flatMap((entry) =>
    entry.kind === 'instance' && gone.has(entry.instance) ? [entry.id] : [],
  );
}

function nameOf({ name }: Instance): string {
  return name;
}
