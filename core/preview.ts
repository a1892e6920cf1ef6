/** What a push would do, found out as a deploy finds it out, and without doing any of it. */
import { refuseTaken } from './claims.ts';
import { sameTree } from './deploy.ts';
import { ownDomains, resolveDomains, type SiteDomain } from './domains.ts';
import { examine } from './examine.ts';
import type { SiteName } from './grammar.ts';
import { layered } from './layers.ts';
import { takenFrom } from './origin.ts';
import { declaredHere } from './plan.ts';
import type { Origin } from './release.ts';
import { resolveSite, unknownImage } from './site.ts';
import type { Push } from './source.ts';
import type { World } from './world.ts';

/** A release that a push would make. */
export interface Preview {
  readonly site: SiteName;
  /** The number that the release would get. */
  readonly release: number;
  /** The release that serves now, and would be replaced. */
  readonly current?: number;
  /** The branch that the site would be taken over from. */
  readonly takesFrom?: Origin;
  /** What would be built; absent where the current release has the same tree. */
  readonly builds?: string;
  readonly instances: number;
  /** Names of the variables that the instances would get; values are not for logs. */
  readonly environment: readonly string[];
  /** Where it would answer, if its image EXPOSEs a TCP port. */
  readonly domains: readonly SiteDomain[];
}

/** What the deploy of these pushes would refuse before a build is refused here too, with the same errors. */
export function preview(world: World, pushes: readonly Push[]): Promise<Preview[]> {
  return Promise.all(pushes.map((push) => previewOne(world, push, pushes)));
}

async function previewOne(world: World, push: Push, pushes: readonly Push[]): Promise<Preview> {
  const { site } = push;
  const { state, config } = world;
  const [pointer, releases, settings, record] = await Promise.all([
    state.pointer(site),
    state.releases(site),
    state.settings(site),
    state.domains(site),
  ]);
  const previous = releases.find(({ number }) => number === pointer?.record.release);
  const { builder, declared, said, left } = await examine(
    world,
    { previous, settings },
    { push, pushes },
    silent,
  );
  const own = ownDomains(settings, record);
  const domains = resolveDomains(site, config, declaredHere(declared, left), own);
  await refuseTaken(
    world,
    site,
    domains.map(({ domain }) => domain),
  );
  const takesFrom = takenFrom(previous, push);
  const same = await sameTree({ previous }, push, builder);
  const all = layered({ settings, said, ...declared, defaults: config.defaults });
  const { count, environment, noHttp } = resolveSite(
    site,
    all.settings,
    same?.image ?? unknownImage,
    declared.options,
  );
  return {
    site,
    release: (releases.at(-1)?.number ?? 0) + 1,
    ...(previous ? { current: previous.number } : {}),
    ...(takesFrom ? { takesFrom } : {}),
    ...(same ? {} : { builds: builder.builds }),
    instances: count,
    environment: Object.keys(environment),
    domains: noHttp ? [] : domains,
  };
}

/** A preview is an answer, and says nothing on the way to it. */
const silent = { signal: new AbortController().signal, output: () => {}, warn: () => {} };
