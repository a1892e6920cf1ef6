/**
 * A world as a list of facts, with names in place of everything that is new in each deploy: so the world after a deploy
 * can be compared with the one before it, and the change with that of another deploy. Pure.
 */

/** What was found of one installation. */
export interface Found {
  readonly containers: readonly {
    readonly id: string;
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly state: string;
    readonly restart: string;
    /** Addresses of the host that lead to it: `127.0.0.1:20000`. */
    readonly bound: readonly string[];
  }[];
  readonly images: readonly { readonly id: string; readonly tags: readonly string[] }[];
  readonly volumes: readonly string[];
  readonly networks: readonly string[];
  readonly store: readonly { readonly key: string; readonly value: string }[];
  /** Files of the data folder, by path, and what is in those of the router. */
  readonly files: Readonly<Record<string, string | undefined>>;
  /** By repository. */
  readonly refs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly published: Readonly<Record<string, string>>;
  /** What the sites answer, by site. */
  readonly served: Readonly<Record<string, string>>;
}

/** The releases of the sites before a deploy: 0 is the current one then, +1 what the deploy makes. */
export type Base = Readonly<Record<string, number>>;

interface StoredRelease {
  readonly site: string;
  readonly number: number;
  readonly deploy: string;
  readonly revision?: string;
  readonly tree?: string;
  readonly image: { readonly id: string; readonly tag: string };
  readonly environment: string;
  readonly settings: string;
  readonly spec: string;
}

const portKey = /^octohost-state\/ports\/(.+)$/;
const releaseKey = /^octohost-state\/releases\//;

export function releasesIn(store: Found['store']): StoredRelease[] {
  return store
    .filter(({ key }) => releaseKey.test(key))
    .map(({ value }) => JSON.parse(value) as StoredRelease);
}

/** The number of each site's newest release. */
export function baseOf({ store }: Found): Base {
  return Object.fromEntries(releasesIn(store).map(({ site, number }) => [site, number]));
}

/**
 * One line for each fact. Left out is what is meant to stay: the record, the output and the trace of every deploy, the
 * rest of an hour that a port gets after use, numbers that only grow.
 * @param focus the site whose deploy it is: what several sites have in common is called after it
 */
export function factsOf(found: Found, base: Base, focus: string): string[] {
  const name = namesOf(found, base, focus);
  return [
    ...found.containers.map(
      (one) =>
        `container ${name(one.name)}: ${one.state}, restarts ${one.restart}, at ${name(one.bound.join(' '))}`,
    ),
    ...found.images.map(({ tags }) => `image ${name(tags.toSorted().join(' ')) || 'without a name'}`),
    ...found.volumes.map((volume) => `volume ${volume}`),
    ...found.networks.map((network) => `network ${network}`),
    ...found.store.flatMap(({ key, value }) => storeFact(key, value, name, base)),
    ...Object.entries(found.files).flatMap(([path, text]) => fileFacts(path, text, name)),
    ...Object.entries(found.refs).flatMap(([repository, refs]) =>
      Object.entries(refs).map(([ref, at]) => `${repository}.git ${refName(ref, base)} = ${name(at)}`),
    ),
    ...Object.entries(found.published).map(
      ([site, number]) => `published ${site} ${relative(base, site, Number(number))}`,
    ),
    ...Object.entries(found.served).map(([site, answer]) => `${site} answers ${answer}`),
  ].toSorted();
}

function storeFact(key: string, value: string, name: Name, base: Base): string[] {
  const [, kind = '', rest = ''] = /^octohost-state\/([^/]+)\/?(.*)$/.exec(key) ?? [];
  const text = name(withRelativeNumbers(value, base, rest));
  if (kind === 'routes' || kind === 'installation' || kind === 'traces') return [];
  if (kind === 'deploys') return value.includes('"phase":"running"') ? [`deploy of ${rest} still runs`] : [];
  if (kind === 'leases') return value.includes('"holder":null') ? [] : [`lease ${rest} is held`];
  if (kind === 'ports' && value.includes('"freedAt"')) return [];
  // How long ago the switch was says which of the two; what has ended by itself is another thing.
  if (kind === 'stability') return value.includes('"unstable"') ? [`release of ${rest} is unstable`] : [];
  if (kind === 'releases') {
    const [site = '', number] = rest.split('/');
    return [`release ${site} ${relative(base, site, Number(number))} = ${text}`];
  }
  return [`${name(key)} = ${text}`];
}

/** `12` is `+1` where 11 was current before. */
function relative(base: Base, site: string, number: number): string {
  const steps = number - (base[site] ?? 0);
  return steps > 0 ? `+${steps}` : String(steps);
}

/** @param site whose it is, where the value itself does not say */
function withRelativeNumbers(value: string, base: Base, site: string): string {
  const owner = /"site":"([^"]+)"/.exec(value)?.[1] ?? site;
  return value.replaceAll(
    /"(number|release)":(\d+)/g,
    (_, field: string, number: string) => `"${field}":${relative(base, owner, Number(number))}`,
  );
}

function refName(ref: string, base: Base): string {
  return ref.replace(
    /^(refs\/octohost\/releases\/)([^/]+)\/(\d+)$/,
    (_, start: string, site: string, number: string) =>
      `${start}${site}/${relative(base, site, Number(number))}`,
  );
}

const historyFile =
  /^(?:deploys\/|audit\.db|nginx\/(?:logs|temp)\/|nginx\/nginx\.pid$|nginx\/status\.sock$|store\.sqlite-(?:wal|shm)$)/;
/** Objects without a ref are git's to pack away; what it keeps for a push that runs is not. */
const gitObject = /\.git\/objects\/(?:[0-9a-f]{2}|pack|info)(?:\/|$)/;

function fileFacts(path: string, text: string | undefined, name: Name): string[] {
  if (
    historyFile.test(path) ||
    gitObject.test(path) ||
    (/\.git\/(?:refs|logs|packed-refs)/.test(path) && !path.endsWith('.lock'))
  )
    return [];
  const called = name(path);
  return text === undefined ? [`file ${called}`] : text.split('\n').map((line) => `${called}: ${name(line)}`);
}

type Name = (text: string) => string;

/** Puts names in a text: of releases first, then of what is everybody's, such as times. */
function namesOf(found: Found, base: Base, focus: string): Name {
  const names = new Map<string, string>();
  const call = (value: string | undefined, called: string) => {
    if (value && !names.has(value)) names.set(value, called);
  };
  // What several releases have in common is called after the one that was current.
  const distance = ({ site, number }: StoredRelease) =>
    Math.abs(number - (base[site] ?? 0)) + (site === focus ? 0 : 1000);
  for (const release of releasesIn(found.store).toSorted((a, b) => distance(a) - distance(b))) {
    const at = `${release.site}${relative(base, release.site, release.number)}`;
    call(release.deploy, `<deploy ${at}>`);
    call(release.revision, `<revision ${at}>`);
    call(release.tree, `<tree ${at}>`);
    call(release.image.id, `<image ${at}>`);
    // It has the id of the deploy that built it, which may be of long ago.
    call(release.image.tag, `<tag ${at}>`);
    call(release.environment, `<environment ${at}>`);
    call(release.settings, `<settings ${at}>`);
    call(release.spec, `<spec ${at}>`);
  }
  // One that rests may be a port which the site asked for, and has again.
  const own = new Set(
    found.store.flatMap(({ key, value }) =>
      value.includes('"freedAt"') ? [] : (portKey.exec(key)?.[1]?.replace('/', ':') ?? []),
    ),
  );
  for (const { id, labels, bound } of found.containers) {
    const site = labels['octohost.site'] ?? '';
    const at = `${site}${relative(base, site, Number(labels['octohost.release']))}`;
    call(id, `<container ${at}>`);
    // converge starts instances under ids of its own; whose they are is what counts.
    call(labels['octohost.deploy'], `<deploy ${at}>`);
    // A port of the host that the site asks for stays what it is.
    for (const address of bound.filter((one) => own.has(one)))
      call(address.split(':').at(-1), `<port of ${at}>`);
  }
  const known = [...names.keys()].toSorted((a, b) => b.length - a.length);
  const pattern = new RegExp(
    known.map((value) => (/^\d+$/.test(value) ? `\\b${value}\\b` : value)).join('|'),
    'g',
  );
  return (text) =>
    (known.length > 0 ? text.replaceAll(pattern, (value) => names.get(value) ?? value) : text)
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
      .replaceAll(/"pid":\d+/g, '"pid":<pid>')
      .replaceAll(/\b[0-9a-f]{12,64}\b/g, '<hash>');
}

/** What the second list has more and less than the first: `+ line`, `- line`; nothing where they are the same. */
export function difference(before: readonly string[], after: readonly string[]): string[] {
  const less = without(before, after).map((line) => `- ${line}`);
  const more = without(after, before).map((line) => `+ ${line}`);
  return [...less, ...more];
}

/** Each as often as it is there too often. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of others) counts.set(line, (counts.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = counts.get(line) ?? 0;
    counts.set(line, count - 1);
    return count <= 0;
  });
}
