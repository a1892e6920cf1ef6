/** What becomes of a site of a snapshot where it is to be restored. Pure. */
import type { Domain, SiteName } from '../grammar.ts';
import type { DeployId, Release, Settings } from '../release.ts';
import { aboveLimits, type SiteLimits } from '../site-limits.ts';
import { settingValue } from '../site-options.ts';
import type { SiteSnapshot } from './snapshot.ts';

/** What would become of a site of a snapshot. */
export interface Fate {
  readonly site: SiteName;
  /** `there`: nothing is written; `refused`: it cannot be restored here. */
  readonly fate: 'new' | 'there' | 'refused';
  /** Why it is refused. */
  readonly problem?: string;
}

/** What an installation has of a site. */
export interface Present {
  readonly hasPointer: boolean;
  /** Which deploy made each release. */
  readonly deploys: ReadonlyMap<number, DeployId>;
  /** As they are meant. */
  readonly settings: Readonly<Record<string, string>>;
  /** Whose the site's domains are. */
  readonly owners: ReadonlyMap<Domain, string>;
}

/** @param settings the snapshot's, as they are meant */
export function fateOf(
  { site, pointer, releases }: SiteSnapshot,
  settings: Readonly<Record<string, string>>,
  present: Present,
): Fate {
  const refused = (problem: string): Fate => ({ site, fate: 'refused', problem });
  const names = Object.keys(settings);
  const differing = names.filter((name) => {
    const here = present.settings[name];
    return here !== undefined && !isPartOf(name, here, settings[name] ?? '');
  });
  if (pointer && present.hasPointer) {
    // Whatever became of it here since, it is this site.
    const isSame = releases.every(({ number, deploy }) => present.deploys.get(number) === deploy);
    return isSame ? { site, fate: 'there' } : refused('there is another site of this name');
  }
  if (differing.length > 0) return refused(`it has other settings here: ${differing.toSorted().join(', ')}`);
  if (!pointer && names.every((name) => Object.hasOwn(present.settings, name)))
    return { site, fate: 'there' };
  const taken = [...present.owners].find(([, owner]) => owner !== site);
  return taken ? refused(`${taken[0]} belongs to ${taken[1]} here`) : { site, fate: 'new' };
}

/** DOMAINS is a result: what was set of them may have been stored here before the site came. */
function isPartOf(name: string, here: string, wanted: string): boolean {
  if (name !== 'DOMAINS') return here === wanted;
  const all = wanted.split(/\s+/);
  return here.split(/\s+/).every((domain) => domain === '' || all.includes(domain));
}

/** Of memory, processes and processors a release that says nothing of them has the most that sites of this host have. */
export function withinLimits(release: Release, limits: SiteLimits): Release {
  const [memoryLimit, processes, cpus] = [
    settingValue(limits, 'MEMORY_LIMIT'),
    settingValue(limits, 'OCTO_PROCESSES'),
    settingValue(limits, 'OCTO_CPUS'),
  ];
  const run = {
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
    ...(processes === undefined ? {} : { processes }),
    ...(cpus === undefined ? {} : { cpus }),
    ...release.run,
  };
  return { ...release, run };
}

/** What a release itself has above the limits of this host, whatever its settings say, as a refused deploy lists it. */
export function aboveHere({ count, run }: Release, limits: SiteLimits): string[] {
  const { memoryLimit, processes, cpus } = run;
  const asked = {
    CONTAINERS: count,
    MEMORY_LIMIT: memoryLimit,
    OCTO_PROCESSES: processes,
    OCTO_CPUS: cpus,
  };
  const settings = Object.entries(asked).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return aboveLimits(Object.fromEntries(settings) as Settings, limits).map(
    ({ name, what }) => `${name}: ${what}`,
  );
}

/** Sites whose current release has a domain that another one's has, with that domain. */
export function sharedDomains(sites: readonly SiteSnapshot[]): ReadonlyMap<SiteName, Domain> {
  const owners = new Map<Domain, SiteName>();
  const shared = new Map<SiteName, Domain>();
  for (const { site, pointer, releases } of sites) {
    const current = releases.find(({ number }) => number === pointer?.release);
    for (const domain of current?.domains ?? []) {
      const owner = owners.get(domain);
      if (owner !== undefined && owner !== site) shared.set(site, domain);
      owners.set(domain, owner ?? site);
    }
  }
  return shared;
}
