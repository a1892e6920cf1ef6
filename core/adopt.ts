/** Sites of the original octohost become sites of today: their containers run on, as instances of a first release. */
import { askTcp } from './checks/ask-tcp.ts';
import { contentWrites, pointerTo, type Ready, releaseWrites } from './deploy.ts';
import { defaultDomains, parseDomains } from './domains.ts';
import { errors } from './error-catalogue.ts';
import { messageOf } from './errors.ts';
import { type Adoptable, type AdoptableSite, type Foreign, findAdoptable } from './foreign.ts';
import { type Domain, isSettingKey, parseDomain, type SiteName } from './grammar.ts';
import { realPaths } from './host-paths.ts';
import { ensureServices } from './instances.ts';
import { keys } from './keys.ts';
import { type Candidate, planRelease } from './plan.ts';
import type { AdoptedVolume, Built, Instance, PortBinding, Release, Settings } from './release.ts';
import type { StoreOperation } from './roles.ts';
import { deploymentOf, type Run, step } from './run.ts';
import { checkSetting } from './site.ts';
import { channel, type World } from './world.ts';

/** Settings of sites as the original kept them. */
export type OldSettings = ReadonlyMap<SiteName, Readonly<Record<string, string>>>;

/** How long what runs may take to accept a connection. */
const answerMs = 2000;

/** What could be taken over. Asks the runtime, and what runs, whether it is reached; no store is opened. */
export async function adoptableSites({ config, providers }: World, old: OldSettings): Promise<Adoptable> {
  const { runtime } = providers;
  const all = await runtime.foreign();
  const guarded = [config.dataDir, ...runtime.guardedPaths];
  const sources = all.flatMap(({ host }) => [
    ...(host.Binds ?? []).map((bind) => bind.split(':', 1)[0] ?? ''),
    ...(host.Devices ?? []).map(({ PathOnHost }) => PathOnHost),
  ]);
  const { allow } = config;
  const ruled = allow.flatMap(({ mounts, devices }) => [...mounts, ...devices]);
  const real = await realPaths([...guarded, ...ruled, ...sources.filter((source) => source.startsWith('/'))]);
  const countOf = (site: SiteName) => {
    const count = Number(old.get(site)?.['CONTAINERS']);
    return Number.isInteger(count) && count > 0 ? count : undefined;
  };
  const { sites, left } = findAdoptable(all, { allow, guarded, real }, countOf);
  const withRemarks = sites.map(async (site) => ({
    ...site,
    remarks: [...site.remarks, ...(await unreached(site, config.instances.address))],
  }));
  return { sites: await Promise.all(withRemarks), left };
}

/** Where a site would be led to and nobody accepts a connection, in words. */
async function unreached({ containers }: AdoptableSite, own: string): Promise<string[]> {
  const asked = containers.flatMap(({ name, running, bindings }) =>
    running ? reachedAt(bindings, own).map((binding) => ({ name, ...binding })) : [],
  );
  const found = asked
    .filter(({ protocol }) => protocol === 'tcp')
    .map(async ({ name, port: inside, hostAddress: address, hostPort: port }) => {
      const { is, text } = await askTcp([{ address, port, own: false }], answerMs, AbortSignal.any([]));
      return is === 'good' ? [] : [`port ${inside} of ${name} cannot be reached: ${text}`];
    });
  return (await Promise.all(found)).flat();
}

/** The release that a site's containers are of from now on. @throws E_ADOPT_RELEASED */
export async function adoptedCandidate(
  world: World,
  run: Run,
  found: AdoptableSite,
  old: Readonly<Record<string, string>>,
): Promise<Candidate> {
  const { site, containers, declared, hostname, lacks } = found;
  if (run.pointer) throw errors.E_ADOPT_RELEASED({ site });
  const context = channel(run.operation, site);
  const { settings, refused } = adoptedSettings(found.settings, old, run.settings);
  for (const { name, problem } of refused) context.warn(`the setting ${name} is left out: ${problem}`);
  const domains = ownDomains(world, site, old['DOMAINS']);
  const [{ image }] = containers as [Foreign];
  // What it has already it may have again; the operator is told which rule says so.
  const allowed = {
    ...world,
    config: { ...world.config, allow: [...world.config.allow, ...(lacks ? [lacks] : [])] },
  };
  return planRelease(
    allowed,
    {
      run,
      image,
      declared: { domains: hostname === undefined ? [] : [parseDomain(hostname)], options: declared },
      said: {},
      left: [],
      fresh: false,
      from: {},
      change: {
        reason: 'adopt',
        settings,
        secrets: Object.hasOwn(settings, 'SSL_KEY') ? ['SSL_KEY'] : [],
        ...(domains ? { domains } : {}),
      },
    },
    context,
  );
}

/** What was set for all its domains, without those that it gets anyway. */
function ownDomains({ config }: World, site: SiteName, value: string | undefined): Domain[] | undefined {
  if (value === undefined) return undefined;
  const given = defaultDomains(site, config);
  return parseDomains(value).filter((domain) => !given.includes(domain));
}

/**
 * What is to be set: what was stored says more than what a container was given, and what is set already stays. Names and
 * values that cannot be settings are told. Pure.
 */
export function adoptedSettings(
  fromContainer: Readonly<Record<string, string>>,
  stored: Readonly<Record<string, string>>,
  known: Settings,
): { settings: Record<string, string>; refused: { name: string; problem: string }[] } {
  const { DOMAINS: _, ...wanted } = { ...fromContainer, ...stored };
  const settings: Record<string, string> = {};
  const refused: { name: string; problem: string }[] = [];
  for (const [name, value] of Object.entries(wanted)) {
    if (Object.hasOwn(known, name)) continue;
    const problem = problemOf(name, value);
    if (problem) refused.push({ name, problem });
    else settings[name] = value;
  }
  return { settings, refused };
}

function problemOf(name: string, value: string): string | undefined {
  if (!isSettingKey(name)) return 'it is no name of a setting';
  try {
    checkSetting(name, value);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Nothing is started, and nothing that serves changes: the containers are in the catalog, and one transaction away. */
export async function makeAdopted(
  world: World,
  run: Run,
  candidate: Candidate,
  { containers, volumes }: Pick<AdoptableSite, 'containers' | 'volumes'>,
): Promise<Ready> {
  const { release } = candidate;
  const instances = containers.map((one) => instanceOf(one, release, world.config.instances.address));
  const facts: Built = { ...deploymentOf(run), image: release.image };
  const services =
    release.run.httpPort === undefined
      ? []
      : await step(world, run, 'register', (context) => ensureServices(world, release, instances, context));
  return {
    run,
    candidate,
    others: [],
    pointer: pointerTo(release),
    ...(candidate.certificate ? { certificate: candidate.certificate } : {}),
    started: 0,
    ahead: await contentWrites(world, candidate),
    writes: async () => [
      ...(await releaseWrites(world, run, candidate)),
      await adoptedWrite(world, release.site, instances),
      ...volumeWrites(release.site, volumes),
    ],
    facts: { ...facts, instances, services },
  };
}

async function adoptedWrite(
  { state }: World,
  site: SiteName,
  instances: readonly Instance[],
): Promise<StoreOperation> {
  const expect = (await state.adopted(site))?.version ?? 'absent';
  return { kind: 'set', key: keys.adopted(site), value: JSON.stringify({ site, instances }), expect };
}

/** Pure. */
function volumeWrites(site: SiteName, volumes: readonly AdoptedVolume[]): StoreOperation[] {
  if (volumes.length === 0) return [];
  return [{ kind: 'set', key: keys.adoptedVolumes(site), value: JSON.stringify({ site, volumes }) }];
}

/** Pure. @param own the address of this host's instances, at which what listens everywhere is reached */
export function instanceOf(
  { id, name, running, bindings }: Foreign,
  { site, number, deploy, spec }: Pick<Release, 'site' | 'number' | 'deploy' | 'spec'>,
  own: string,
): Instance {
  const complete = running ? {} : { complete: true as const };
  return { id, name, site, release: number, deploy, spec, bindings: reachedAt(bindings, own), ...complete };
}

/** Each place once. */
function reachedAt(bindings: readonly PortBinding[], own: string): PortBinding[] {
  const reached = bindings.map(
    (binding): PortBinding => ({
      ...binding,
      hostAddress: ['0.0.0.0', '::', ''].includes(binding.hostAddress) ? own : binding.hostAddress,
    }),
  );
  return [...new Map(reached.map((binding) => [JSON.stringify(binding), binding])).values()];
}

/** Those that run come back by themselves from now on, as all instances do. What fails here is told and changes nothing. */
export async function keepAdopted(
  { state, providers }: World,
  site: SiteName,
  warn: (line: string) => void,
): Promise<void> {
  for (const instance of await state.adoptedInstances(site))
    if (!instance.complete)
      await providers.runtime
        .keep(instance)
        .catch((error: unknown) =>
          warn(`${instance.name} does not come back by itself after a reboot (${messageOf(error)})`),
        );
}
