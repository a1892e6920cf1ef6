/** What differs between two releases of a site. Values of settings may be secret: they are told by name. */
import { errors } from './error-catalogue.ts';
import type { SiteName } from './grammar.ts';
import type { Release } from './release.ts';
import type { World } from './world.ts';

/** What is different in two releases of a site. */
export interface ReleaseDiff {
  readonly site: SiteName;
  readonly from: number;
  readonly to: number;
  /** Revision, image, domains, count, run and route options …, in this order; what is alike is left out. */
  readonly facts: readonly FactDiff[];
  /** Names; absent where what one of the two was made with is no longer kept. */
  readonly settings?: SettingsDiff;
}

/** One fact; what a release does not have is absent. */
export interface FactDiff {
  /** `image.id`, `run.memoryLimit`. */
  readonly name: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface SettingsDiff {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

/** @throws E_SITE_UNKNOWN, E_SITE_NEVER_RELEASED, E_RELEASE_UNKNOWN */
export async function diffReleases(
  { state }: World,
  site: SiteName,
  from: number,
  to: number,
): Promise<ReleaseDiff> {
  await state.requireReleased(site);
  const releases = await state.releases(site);
  const [before, after] = [from, to].map((number) => {
    const found = releases.find((release) => release.number === number);
    if (found) return found;
    throw errors.E_RELEASE_UNKNOWN({ site, number, known: releases.map((release) => release.number) });
  }) as [Release, Release];
  const facts = diffFacts(before, after);
  const kept = await state.contentKeys(site);
  if (![before, after].every(({ settings }) => kept.has(settings))) return { site, from, to, facts };
  const [old, now] = await Promise.all([before, after].map((release) => state.settingsOf(release)));
  return { site, from, to, facts, settings: diffSettings(old?.values ?? {}, now?.values ?? {}) };
}

/** Pure. */
export function diffFacts(before: Release, after: Release): FactDiff[] {
  const [old, now] = [factsOf(before), factsOf(after)];
  const names = [...new Set([...old.keys(), ...now.keys()])];
  return names.flatMap((name) => {
    const [one, other] = [old.get(name), now.get(name)];
    if (JSON.stringify(one) === JSON.stringify(other)) return [];
    return [
      {
        name,
        ...(one === undefined ? {} : { before: one }),
        ...(other === undefined ? {} : { after: other }),
      },
    ];
  });
}

/** Pure. */
export function diffSettings(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): SettingsDiff {
  return {
    added: Object.keys(after).filter((name) => !(name in before)),
    removed: Object.keys(before).filter((name) => !(name in after)),
    changed: Object.keys(before).filter((name) => name in after && before[name] !== after[name]),
  };
}

/** What tells one release from the other anyway, and content keys of what is compared by name. */
const apart = new Set(
  'site number deploy reason actor createdAt message back environment settings spec declared'.split(' '),
);

/** The facts of a release, those of its options each by itself. */
function factsOf(release: Release): Map<string, unknown> {
  const { revision, image, count, domains, run, route, ...rest } = release;
  const ordered = { revision, image, count, domains, run, route, ...rest };
  const facts = Object.entries(ordered).filter(([name]) => !apart.has(name));
  return new Map(
    facts.flatMap(([name, value]): [string, unknown][] =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.entries(value).map(([inner, one]) => [`${name}.${inner}`, one])
        : [[name, value]],
    ),
  );
}
