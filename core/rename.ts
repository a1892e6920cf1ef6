/**
 * A site gets another name. Two parts of one switch: the first release of the new name, made of the current one of the old,
 * and the end of the old name. What belongs to the site and to no release goes along in the transaction of the pointers; so
 * does the mark by which `endRename` takes away what is left under the old name.
 */
import { isDeepStrictEqual } from 'node:util';
import type { LeftDomain } from './claims.ts';
import { contentWrites, makeReady, pointerTo, type Ready, releaseWrites } from './deploy.ts';
import { declaredDomains, ownDomains } from './domains.ts';
import { errors } from './error-catalogue.ts';
import type { SettingKey, SiteName } from './grammar.ts';
import { keys } from './keys.ts';
import { journalOf } from './many-settings.ts';
import { peersOf } from './peers.ts';
import { type Candidate, planRelease } from './plan.ts';
import type { ByHand, Maintenance } from './records.ts';
import type { ByHandService, Declared, Release } from './release.ts';
import { requireWhole } from './releases.ts';
import { markRename } from './rename-mark.ts';
import { type RenamedHistory, renamedHistory, renamedOrigin } from './renamed-history.ts';
import type { StoreOperation } from './roles.ts';
import type { Run } from './run.ts';
import { wantedOptions } from './run-options.ts';
import { serviceId } from './service.ts';
import type { Versioned } from './state.ts';
import type { Part } from './switch.ts';
import { requireUsableSettings } from './unusable.ts';
import { moveVolumes, volumesOf } from './volumes.ts';
import { channel, type World } from './world.ts';

/**
 * The new name's part. Nothing that serves changes in here; what it makes is under the new name alone.
 * @param left the run of the old name, whose lease is held too
 * @throws E_RENAME_TAKEN, E_RENAME_TIED, E_IMAGE_GONE, E_NO_TRANSFER
 */
export async function renamedPart(
  world: World,
  run: Run,
  left: Run,
  note: (candidate: Candidate) => void,
): Promise<Ready | Part> {
  const { previous, pointer } = left;
  if (!previous || !pointer) throw errors.E_SITE_NEVER_RELEASED({ site: left.site });
  await refuseTakenName(world, run);
  await refuseTied(world, previous);
  await requireWhole(world, previous);
  await requireUsableSettings(world.state, left.site, []);
  const context = channel(run.operation, run.site);
  const history = await renamedHistory(world, left.site, run.site, context);
  const { site, lease } = left;
  const renamed: Run = { ...run, previous, lastNumber: left.lastNumber, former: { site, lease } };
  const candidate = await renamedCandidate(world, renamed, left, history);
  note(candidate);
  const stopped = pointer.record.stopped;
  const part = await (stopped ? stoppedPart : makeReady)(world, renamed, candidate);
  const given = await belongings(world, renamed, left);
  for (const service of given.services) await world.providers.registrar.register(service);
  return {
    ...part,
    ahead: [...history.writes, ...part.ahead],
    routes: given.routes,
    writes: async () => [...(await part.writes()), ...(await moves(world, run, left))],
  };
}

/** The old name's part: all that runs under it ends, and there is no site of that name any more. */
export async function leftPart({ providers }: World, run: Run): Promise<Part> {
  const { site, pointer } = run;
  if (!pointer) throw errors.E_SITE_NEVER_RELEASED({ site });
  const others = await providers.runtime.list(site);
  const gone = { ...pointer.record, stopped: true, domains: [] };
  return { run, others, pointer: gone, gone: true, ahead: [], writes: async () => [] };
}

/** A site that is stopped stays so. */
async function stoppedPart(world: World, run: Run, candidate: Candidate): Promise<Part> {
  return {
    run,
    others: [],
    pointer: { ...pointerTo(candidate.release), stopped: true },
    ...(candidate.certificate ? { certificate: candidate.certificate } : {}),
    ahead: await contentWrites(world, candidate),
    writes: () => releaseWrites(world, run, candidate),
  };
}

async function refuseTakenName(world: World, { site, pointer, lastNumber, settings }: Run): Promise<void> {
  const { state } = world;
  const taken = (what: string, hint?: string) =>
    errors.E_RENAME_TAKEN({ site, what, hint: hint ?? `octo status ${site} says what it is.` });
  if (pointer) throw taken('there is a site of that name');
  if (Object.keys(settings).length > 0) throw taken('somebody has set its configuration already');
  if (lastNumber > 0)
    throw taken('releases of a site of that name are there', `If they may go: octo remove ${site}`);
  if (await state.byHand(site))
    throw taken('it was given services by hand', `octo services ${site} shows them.`);
  const volumes = await volumesOf(world, site);
  const adopted = (await state.adoptedVolumes(site)).map(({ name }) => name);
  if (volumes.length + adopted.length > 0)
    throw taken(
      `a site of that name, which was removed, has left ${[...volumes, ...adopted].join(', ')}`,
      `If that data may go: octo remove ${site} --volumes`,
    );
}

/** Links and volumes of other sites lead to a name: under another one they would lead nowhere. */
async function refuseTied(world: World, previous: Release): Promise<void> {
  const { state } = world;
  const { site, declared } = previous;
  const ties = tiesByName(site, declared);
  if (ties.length > 0)
    throw errors.E_RENAME_TIED({ site, what: 'it is tied to others by a name of its own', others: ties });
  const all = await Promise.all((await state.pointers()).map((one) => state.release(one.site, one.release)));
  const others = all.flatMap((release) =>
    release && peersOf(release).some((peer) => peer.site === site) ? [release.site] : [],
  );
  if (others.length > 0)
    throw errors.E_RENAME_TIED({ site, what: 'others are tied to it by its name', others });
}

/** The sites that a repository asks for by the name of its own. Pure. */
export function tiesByName(site: SiteName, { options }: Pick<Declared, 'options'>): SiteName[] {
  if (!options) return [];
  const own = { ...options, links: options.links.filter(({ container }) => container === undefined) };
  const { links, volumesFrom } = wantedOptions(site, own);
  return [...links, ...volumesFrom].map((peer) => peer.site);
}

async function renamedCandidate(
  world: World,
  run: Run,
  { site: from, settings, secrets }: Run,
  { imageOf }: RenamedHistory,
): Promise<Candidate> {
  const { state } = world;
  const previous = run.previous as Release;
  const { declared, image, revision, tree, message, origin } = previous;
  world.told.set(run.site, declared.conf?.plugins ?? {});
  const { DOMAINS: _, ...values } = settings as Record<string, string>;
  return planRelease(
    world,
    {
      run,
      image: imageOf(image),
      declared,
      said: await state.saidOf(previous),
      left: await leftToOthers(world, from, declared),
      fresh: true,
      from: {
        ...(revision ? { revision } : {}),
        ...(tree ? { tree } : {}),
        ...(message ? { message } : {}),
        ...(origin ? { origin: renamedOrigin(origin, run.site) } : {}),
      },
      change: {
        reason: 'rename',
        settings: values,
        secrets: [...secrets].filter((name) => Object.hasOwn(values, name)),
        domains: ownDomains(settings, await state.domains(from)),
      },
    },
    channel(run.operation, run.site),
  );
}

/** Domains of its own files that the site is without, because others have them. */
async function leftToOthers(world: World, from: SiteName, declared: Declared): Promise<LeftDomain[]> {
  const found = declaredDomains(declared).map(async ({ domain }) => {
    const owner = (await world.state.claimant(domain))?.site as SiteName | undefined;
    return owner === undefined || owner === from ? [] : [{ domain, owner }];
  });
  return (await Promise.all(found)).flat();
}

/** What a site has beside its releases, as it is under the new name. */
async function belongings(
  { state }: World,
  { site: to }: Run,
  { site: from }: Run,
): Promise<{ services: readonly ByHandService[]; routes: NonNullable<Part['routes']> }> {
  const [byHand, maintenance] = await Promise.all([state.byHand(from), state.maintenance(from)]);
  const services = renamedServices(byHand?.record.services ?? [], to);
  return {
    services,
    routes: {
      byHand: [
        { site: from, services: [] },
        { site: to, services },
      ],
      maintenance: maintenance
        ? [
            { site: from, on: false },
            { site: to, on: true },
          ]
        : [],
    },
  };
}

/** Pure. */
function renamedServices(services: readonly ByHandService[], site: SiteName): ByHandService[] {
  return services
    .map((one) => ({ ...one, site, id: serviceId(site, one.address, one.port) }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** Everything that goes with the site, of which there is one whatever its releases are. */
async function moves(world: World, { site: to }: Run, left: Run): Promise<StoreOperation[]> {
  const { state } = world;
  const { site: from, deploy, journal } = left;
  await refuseChanged(world, left);
  const [byHand, maintenance] = await Promise.all([state.byHand(from), state.maintenance(from)]);
  const none = Object.fromEntries(Object.keys(left.settings).map((name) => [name, null]));
  return [
    journalOf(from, none, journal),
    { kind: 'delete', key: keys.domains(from) },
    { kind: 'delete', key: keys.published(from) },
    ...moved(byHand, keys.byHand, from, ({ services }): ByHand => {
      return { site: to, services: renamedServices(services, to) };
    }),
    ...moved(maintenance, keys.maintenance, from, (record): Maintenance => ({ ...record, site: to })),
    ...(await moveVolumes(world, from, to, deploy)),
    markRename({ site: from, to, deploy }),
  ];
}

/** Pure. */
function moved<Record extends { readonly site: SiteName }>(
  found: Versioned<Record> | undefined,
  keyOf: (site: SiteName) => string,
  from: SiteName,
  change: (record: Record) => Record,
): StoreOperation[] {
  if (!found) return [];
  const record = change(found.record);
  return [
    { kind: 'delete', key: keyOf(from), expect: found.version },
    { kind: 'set', key: keyOf(record.site), value: JSON.stringify(record) },
  ];
}

/** Settings are stored without a lease: what somebody set in the meantime would stay behind. @throws E_CONFLICT */
async function refuseChanged({ state }: World, { site, settings }: Run): Promise<void> {
  const now = await state.settings(site);
  if (isDeepStrictEqual({ ...now }, { ...settings })) return;
  const names = Object.keys({ ...now, ...settings }) as SettingKey[];
  const changed = names.filter((name) => now[name] !== settings[name]);
  throw errors.E_CONFLICT({
    what: `The configuration of ${site}`,
    keys: changed.map((name) => keys.setting(site, name)),
  });
}
