/** Sites from a snapshot: what would become of each, and one of them with everything, or not at all. */
import type { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { batches } from '../batches.ts';
import { pointerTo } from '../deploy.ts';
import { resolveDomains } from '../domains.ts';
import { errors } from '../error-catalogue.ts';
import { isOctohostError, messageOf } from '../errors.ts';
import type { SiteName } from '../grammar.ts';
import { portsInHostNetwork } from '../host-rights.ts';
import { findInstances } from '../instances.ts';
import { keys } from '../keys.ts';
import { layered } from '../layers.ts';
import type { Lease } from '../lease.ts';
import { finishJournal, settingOperations } from '../many-settings.ts';
import { allowedOptions } from '../permissions.ts';
import type { Release } from '../release.ts';
import { clearName } from '../rename-end.ts';
import type { StoreOperation } from '../roles.ts';
import { readKeys } from '../sealing.ts';
import { Secrets } from '../secrets.ts';
import { withSites } from '../site-leases.ts';
import { channel, type Operation, type World } from '../world.ts';
import { broughtImages, hasImage } from './images.ts';
import { aboveHere, type Fate, fateOf, type Present, sharedDomains } from './plan-restore.ts';
import { keysInMemory, madeHere, openedSettings, resealed } from './reseal.ts';
import type { SiteSnapshot, Snapshot } from './snapshot.ts';
import { siteProblems } from './validate.ts';

/** What became of a site. */
export interface Restored {
  readonly site: SiteName;
  /** `there`: it was there as it is in the snapshot, and nothing of it was written. */
  readonly did: 'restored' | 'there';
  /** Its current release here; absent for configuration alone. */
  readonly release?: Release;
  /** True where it is to run and its image is not here: only a new deploy brings it up. */
  readonly needsImage: boolean;
}

/** What would become of each site, in the snapshot's order. Reads only. */
export async function planRestore(world: World, snapshot: Snapshot): Promise<readonly Fate[]> {
  const shared = sharedDomains(snapshot.sites);
  const opening = secretsOf(world, snapshot);
  return Promise.all(
    snapshot.sites.map(async (one): Promise<Fate> => {
      const { site } = one;
      const refused = (problem: string): Fate => ({ site, fate: 'refused', problem });
      const problems = siteProblems(one);
      if (problems.length > 0) return refused(problems.join('; '));
      const domain = shared.get(site);
      if (domain !== undefined) return refused(`${domain} is of another site of the backup, too`);
      try {
        const settings = await openedSettings(one, opening);
        const fate = fateOf(one, settings, await presentOf(world, one));
        if (fate.fate === 'new') {
          refuseDomainsOfOthers(world, one);
          await requireAllowed(world, one);
        }
        return fate;
      } catch (error) {
        return refused(whole(error));
      }
    }),
  );
}

/** With what it lists, and what helps. */
function whole(error: unknown): string {
  if (!isOctohostError(error)) return messageOf(error);
  const { message, details, hint } = error;
  return [message, ...details, hint].join(' ');
}

function secretsOf({ state }: World, { secretKeys }: Snapshot): Secrets {
  if (secretKeys === undefined) return state.secrets;
  const read = readKeys(secretKeys);
  if (!read) throw errors.E_BACKUP_CONTENT({ problem: 'what opens its secrets is no key' });
  return new Secrets(keysInMemory(read));
}

async function presentOf({ state }: World, { site, pointer, releases }: SiteSnapshot): Promise<Present> {
  const current = releases.find(({ number }) => number === pointer?.release);
  const claims = await Promise.all(
    (current?.domains ?? []).map(async (domain) => ({ domain, site: (await state.claimant(domain))?.site })),
  );
  return {
    hasPointer: (await state.pointer(site)) !== undefined,
    deploys: new Map((await state.releases(site)).map(({ number, deploy }) => [number, deploy])),
    settings: await state.settings(site),
    owners: new Map(claims.flatMap(({ domain, site: owner }) => (owner ? [[domain, owner] as const] : []))),
  };
}

/** Names below the suffixes of this host belong to its sites, there or not. @throws E_DOMAIN_TAKEN, E_DOMAIN_WILDCARD */
function refuseDomainsOfOthers({ config }: World, { site, pointer, releases, domains }: SiteSnapshot): void {
  const current = releases.find(({ number }) => number === pointer?.release);
  resolveDomains(site, config, [], [...(current?.domains ?? []), ...(domains?.set ?? [])]);
}

/** What reaches this host or other sites takes a rule of this host; the record alone is worth nothing. */
async function requireAllowed(
  world: World,
  { site, pointer, releases, contents }: SiteSnapshot,
): Promise<void> {
  const current = releases.find(({ number }) => number === pointer?.release);
  if (!current) return;
  const above = aboveHere(current, world.config.limits);
  if (above.length > 0) throw errors.E_NOT_ALLOWED({ site, asked: above, rules: [] });
  const { declared, run } = current;
  const all = layered({
    settings: contents[current.settings] ?? {},
    said: contents[declared.conf?.values ?? ''] ?? {},
    ...declared,
    defaults: world.config.defaults,
  });
  const wanted = await allowedOptions(world, site, declared.options, all);
  const ports = run.hostNetwork ? portsInHostNetwork(site, run.ports, world.config) : wanted.hostPorts;
  const { mounts = [], hostPorts = [], links = [], volumesFrom = [], capabilities = [], devices = [] } = run;
  const isAsked =
    mounts.every(({ source, target }) =>
      wanted.mounts.some((one) => one.source === source && one.target === target),
    ) &&
    hostPorts.every((port) => ports.some((one) => one.hostPort === port.hostPort)) &&
    links.every((link) => wanted.links.some((one) => one.site === link.site && one.alias === link.alias)) &&
    volumesFrom.every((peer) => wanted.volumesFrom.some((one) => one.site === peer.site)) &&
    capabilities.every((name) => wanted.capabilities.includes(name)) &&
    devices.every((device) => wanted.devices.some((one) => isDeepStrictEqual(one, device))) &&
    (!run.hostNetwork || wanted.hostNetwork);
  if (!isAsked) throw errors.E_BACKUP_REACH({ site });
}

/**
 * Everything that nobody reads comes first, then in one transaction what makes it a site: a kill leaves no half of one.
 * It is not brought up: `converge` does that.
 * @param images in the format of the builder that packed them; a new stream at each call
 * @throws E_RESTORE_REFUSED
 */
export async function restoreSite(
  world: World,
  snapshot: Snapshot,
  site: SiteName,
  images: (() => Readable) | undefined,
  operation: Operation,
): Promise<Restored> {
  const one = snapshot.sites.find((other) => other.site === site);
  if (!one) throw errors.E_SITE_UNKNOWN({ site });
  return withSites(world, [site], 'restore', operation, async (leases) => {
    const lease = leases.get(site) as Lease;
    // What is left of another one of its name would be ended later, and what is restored with it.
    if (!(await world.state.pointer(site))) await clearName(world, { site, lease, operation });
    const [found] = await planRestore(world, { ...snapshot, sites: [one] });
    if (found?.fate === 'refused')
      throw errors.E_RESTORE_REFUSED({ problems: [`${site}: ${found.problem}`] }, { site });
    if (found?.fate === 'there') return whatIs(world, site, 'there');
    const context = channel(operation, site);
    const { state } = world;
    const sealed = await resealed(one, secretsOf(world, snapshot), state.secrets);
    const local = await broughtImages(
      world,
      await madeHere(sealed, state.secrets, world.config.limits),
      images,
      context,
    );
    operation.signal.throwIfAborted();
    await write(world, local, lease);
    await finishJournal(state, site);
    return whatIs(world, site, 'restored');
  });
}

async function whatIs(world: World, site: SiteName, did: Restored['did']): Promise<Restored> {
  const pointer = (await world.state.pointer(site))?.record;
  const release = pointer && (await world.state.release(site, pointer.release));
  if (!pointer || !release) return { site, did, needsImage: false };
  const isUp = pointer.stopped || (await findInstances(world, release)).kept.length > 0;
  return { site, did, release, needsImage: !isUp && !(await hasImage(world, release.image)) };
}

async function write(world: World, snapshot: SiteSnapshot, lease: Lease): Promise<void> {
  const { state } = world;
  const { site } = snapshot;
  for (const some of batches(aheadOf(snapshot)))
    await state.commit(`The records of ${site}`, [lease.check(), ...some]);
  const journal = await finishJournal(state, site);
  await state.commit(`The site ${site}`, [
    lease.check(),
    ...(await siteOperations(world, snapshot)),
    ...settingOperations(site, snapshot.settings, journal),
    { kind: 'set', key: keys.routes, value: `restore of ${site}` },
  ]);
}

function set(key: string, value: unknown): StoreOperation {
  return { kind: 'set', key, value: JSON.stringify(value) };
}

/** What nobody reads before the site has a pointer. Pure. */
export function aheadOf({ site, contents, releases, stabilities }: SiteSnapshot): StoreOperation[] {
  return [
    ...Object.entries(contents).map(([key, texts]) => set(keys.content(site, key), texts)),
    ...releases.map((release) => set(keys.release(site, release.number), release)),
    ...stabilities.map((one) => set(keys.stability(site, one.release), one)),
  ];
}

async function siteOperations({ state }: World, snapshot: SiteSnapshot): Promise<StoreOperation[]> {
  const { site, pointer, releases, domains, services, maintenance } = snapshot;
  const current = releases.find(({ number }) => number === pointer?.release);
  const claims = await Promise.all(
    (current?.domains ?? []).map(async (domain): Promise<StoreOperation[]> => {
      const isOurs = (await state.claimant(domain))?.site === site;
      return isOurs ? [] : [{ kind: 'set', key: keys.claim(domain), value: site, expect: 'absent' }];
    }),
  );
  const byHand = { site, services };
  return [
    ...claims.flat(),
    ...(domains ? [{ kind: 'set' as const, key: keys.domains(site), value: JSON.stringify(domains) }] : []),
    ...(services.length > 0
      ? [{ kind: 'set' as const, key: keys.byHand(site), value: JSON.stringify(byHand) }]
      : []),
    ...(pointer && maintenance ? [set(keys.maintenance(site), maintenance)] : []),
    ...(pointer && current
      ? [
          {
            kind: 'set' as const,
            key: keys.pointer(site),
            value: JSON.stringify({ ...pointerTo(current), stopped: pointer.stopped }),
            expect: 'absent' as const,
          },
        ]
      : []),
  ];
}
