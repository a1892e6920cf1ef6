/** Whether refs and releases agree: what git says of the repositories against what octohost says of the sites. Pure. */
import { isSiteName, parseBranchRef, type SiteName, siteOfBranch } from '../../core/index.ts';

/** The full names of the refs of a bare repository, and what they point at. */
export type Refs = Readonly<Record<string, string>>;

export interface SiteFacts {
  readonly state: string;
  /** The number of the current release. */
  readonly current?: number;
  readonly releases: readonly ReleaseFacts[];
}

export interface ReleaseFacts {
  readonly number: number;
  readonly reason: string;
  readonly revision?: string;
}

export interface Facts {
  /** By the repository's name. */
  readonly repositories: Readonly<Record<string, Refs>>;
  /** By the site's name. */
  readonly sites: Readonly<Record<string, SiteFacts>>;
}

const kept = /^refs\/octohost\/releases\/([^/]+)\/(\d+)$/;

/** One line for each thing that does not agree; nothing where all does. */
export function disagreements({ repositories, sites }: Facts): string[] {
  const all = Object.entries(repositories);
  return [
    ...all.flatMap(([name, refs]) => strayRefs(name, refs, sites)),
    ...Object.entries(sites).flatMap(([site, facts]) => {
      if (facts.releases.every(({ revision }) => revision === undefined)) return [];
      const homes = all.filter(([, refs]) => Object.keys(refs).some((ref) => kept.exec(ref)?.[1] === site));
      const [home, ...others] = homes;
      if (!home || others.length > 0) return [`${site}: ${homes.length} repositories keep its releases`];
      return [...releaseProblems(site, facts, home[1]), ...currentProblems(site, facts, home)];
    }),
  ];
}

/** Refs that no release stands behind. */
function strayRefs(name: string, refs: Refs, sites: Facts['sites']): string[] {
  return Object.entries(refs).flatMap(([ref, revision]) => {
    const [, ofRelease, number] = kept.exec(ref) ?? [];
    const site = ofRelease ?? siteOf(name, ref);
    if (site === undefined) return [];
    const same = (sites[site]?.releases ?? []).filter((release) => release.revision === revision);
    const found = number === undefined ? same[0] : same.find((release) => release.number === Number(number));
    return found ? [] : [`${name}.git: ${ref} is ${revision}, but ${site} has no such release`];
  });
}

/** Every release can be made again. */
function releaseProblems(site: string, { releases }: SiteFacts, refs: Refs): string[] {
  return releases.flatMap(({ number, revision, reason }) => {
    const own = refs[`refs/octohost/releases/${site}/${number}`];
    const reachable =
      own === undefined && reason !== 'deploy' && Object.values(refs).includes(revision ?? '');
    if (revision === undefined || own === revision || reachable) return [];
    return [`${site}: release ${number} is ${revision}, but its ref is ${own ?? 'not there'}`];
  });
}

/** What serves is what the site's branch points at; only a stopped site may have none. */
function currentProblems(site: string, facts: SiteFacts, [name, refs]: [string, Refs]): string[] {
  const revision = facts.releases.find(({ number }) => number === facts.current)?.revision;
  const branches = Object.entries(refs).filter(([ref]) => siteOf(name, ref) === site);
  if (revision === undefined || branches.some(([, at]) => at === revision)) return [];
  if (branches.length === 0 && facts.state === 'stopped') return [];
  const seen = branches.map(([ref, at]) => `${ref} is ${at}`).join(', ') || 'no branch is there';
  return [`${site}: release ${facts.current} is ${revision} and ${facts.state}, but ${seen}`];
}

function siteOf(repository: string, ref: string): SiteName | undefined {
  if (!ref.startsWith('refs/heads/') || !isSiteName(repository)) return undefined;
  return siteOfBranch(repository, parseBranchRef(ref));
}
