/** What the next release of a site is: the image, the settings and the wishes of this operation, resolved. */
import { errors } from './error-catalogue.ts';
import type { Domain } from './grammar.ts';
import { resolvePeers } from './peers.ts';
import { allowedOptions } from './permissions.ts';
import type { DomainRecord } from './records.ts';
import type { Declared, Image, Reason, Release, RunOptions, Settings } from './release.ts';
import type { StepContext, StoreOperation } from './roles.ts';
import { deploymentOf, type Run } from './run.ts';
import type { WantedOptions } from './run-options.ts';
import { serviceOptions } from './service.ts';
import { domainsSet, domainsValue, resolveDomains, resolveSite, type SiteDomain } from './site.ts';
import { instanceSpec, specDigest } from './spec.ts';
import { environmentKey, keys, settingOperations } from './state.ts';
import type { World } from './world.ts';

/** What an operation wants of a site, beside a new image. It is written with the pointer, or not at all. */
export interface Change {
  readonly reason: Exclude<Reason, 'deploy'>;
  /** Settings to set, or to delete where null. */
  readonly settings?: Readonly<Record<string, string | null>>;
  /** The whole list that `octo domains:set` gives. */
  readonly domains?: readonly Domain[];
  /** True: new instances even where nothing else changed. */
  readonly reload?: boolean;
}

/** A release that is not current yet, and what is written when it becomes so. */
export interface Candidate {
  readonly release: Release;
  readonly environment: Readonly<Record<string, string>>;
  readonly image: Image;
  /** True where this deploy built the image: it goes when the deploy fails. */
  readonly fresh: boolean;
  readonly domains: readonly SiteDomain[];
  /** Settings and the domain record. */
  readonly writes: readonly StoreOperation[];
}

/** What a release keeps of the push that it was made of, or of the release that is changed. */
export type ReleaseFacts = Pick<Release, 'revision' | 'origin' | 'message' | 'tree'>;

export interface PlanRequest {
  readonly run: Run;
  readonly image: Image;
  readonly declared: Declared;
  readonly fresh: boolean;
  readonly from: ReleaseFacts;
  readonly change?: Change;
}

/** Resolves a release. Its modifiers are asked here, so that what they change is part of the record. */
export async function planRelease(
  world: World,
  request: PlanRequest,
  context: StepContext,
): Promise<Candidate> {
  const { run, image, declared, fresh, change } = request;
  const settings = mergeSettings(run.settings, change?.settings);
  const resolved = resolveSite(run.site, settings, image, declared.options);
  const wanted = await allowedOptions(world, run.site, declared.options);
  const record = await world.state.domains(run.site);
  const set = wishedDomains(change, settings, record);
  // The wished-for list is passed as a record of its own, so that provenance is decided in one place.
  const domains = resolveDomains(run.site, world.config.domainSuffix, declared, withoutDomains(settings), {
    written: '',
    set,
  });
  const hostname = declared.domains.at(-1);
  const generation = (run.previous?.run.generation ?? 1) + (change?.reload ? 1 : 0);
  const options = {
    ...(resolved.httpPort === undefined ? {} : { httpPort: resolved.httpPort }),
    ports: resolved.ports,
    volumes: image.volumes,
    ...(hostname === undefined ? {} : { hostname }),
    ...(resolved.memoryLimit === undefined ? {} : { memoryLimit: resolved.memoryLimit }),
    generation,
    ...hostOptions(wanted),
    ...(await resolvePeers(world, run.site, wanted, run.previous)),
  };
  const given = instanceSpec({ site: run.site, image, run: options }, resolved.environment);
  const modified = await world.hooks.modify('modifySpec', given, context);
  // Whose instance it is and what was built are facts, not wishes.
  const spec = { ...modified, site: given.site, image: given.image };
  const { site: _site, image: _image, environment, ...runOptions } = spec;
  const release: Release = {
    ...numbered(world, run),
    ...request.from,
    image,
    environment: environmentKey(environment),
    run: { ...runOptions, ...(wanted.name === undefined ? {} : { name: wanted.name }) },
    declared,
    count: resolved.count,
    domains: spec.httpPort === undefined ? [] : domains.map(({ domain }) => domain),
    check: resolved.check,
    service: serviceOptions(settings, image),
    graceSeconds: resolved.graceSeconds,
    spec: specDigest(spec),
  };
  return { release, environment, image, fresh, domains, writes: writesOf(run, release, set, change) };
}

/** Nothing for nothing, so that a spec without them keeps its digest. Pure. */
function hostOptions({ mounts, hostPorts }: WantedOptions): Pick<RunOptions, 'mounts' | 'hostPorts'> {
  return {
    ...(mounts.length > 0 ? { mounts: mounts.map(withoutLine) } : {}),
    ...(hostPorts.length > 0 ? { hostPorts: hostPorts.map(withoutLine) } : {}),
  };
}

/** Where something is asked for is no part of what it is. */
function withoutLine<Asked extends { readonly line: number }>(asked: Asked): Omit<Asked, 'line'> {
  const { line: _line, ...rest } = asked;
  return rest;
}

/** What `domains:set` asks for, or the DOMAINS key itself; deleting the key gives every such domain up. Pure. */
function wishedDomains(
  change: Change | undefined,
  settings: Settings,
  record: DomainRecord,
): readonly Domain[] {
  if (change?.domains) return change.domains;
  return change?.settings?.['DOMAINS'] === null ? [] : domainsSet(settings, record);
}

/** The settings as they are once the change is made. Pure. */
export function mergeSettings(settings: Settings, change: Change['settings'] = {}): Settings {
  const merged = { ...settings, ...change };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null)) as Settings;
}

function withoutDomains(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => name !== 'DOMAINS')) as Settings;
}

function numbered(world: World, run: Run) {
  const { site, deploy, reason, actor } = deploymentOf(run);
  return {
    site,
    number: run.lastNumber + 1,
    deploy,
    reason,
    actor,
    createdAt: new Date(world.clock.now()).toISOString(),
  };
}

function writesOf(
  run: Run,
  release: Release,
  set: readonly Domain[],
  change: Change | undefined,
): StoreOperation[] {
  const { site } = run;
  const written = domainsValue(release.domains);
  const others = Object.fromEntries(
    Object.entries(change?.settings ?? {}).filter(([name]) => name !== 'DOMAINS'),
  );
  return [
    ...settingOperations(site, others),
    { kind: 'set', key: keys.setting(site, 'DOMAINS'), value: written },
    { kind: 'set', key: keys.domains(site), value: JSON.stringify({ written, set }) },
  ];
}

/** The operations that claim a release's domains and give up those it no longer has. */
export async function claimDomains(
  world: World,
  release: Release,
  previous: Release | undefined,
): Promise<StoreOperation[]> {
  const claims = await Promise.all(
    release.domains.map(async (domain): Promise<StoreOperation[]> => {
      const owner = await world.state.claimant(domain);
      if (owner && owner.site !== release.site)
        throw errors.E_DOMAIN_TAKEN({ domain, owner: owner.site }, { site: release.site });
      return owner ? [] : [{ kind: 'set', key: keys.claim(domain), value: release.site, expect: 'absent' }];
    }),
  );
  const given = (previous?.domains ?? []).filter((domain) => !release.domains.includes(domain));
  const dropped = await Promise.all(
    given.map(async (domain): Promise<StoreOperation[]> => {
      const owner = await world.state.claimant(domain);
      return owner?.site === release.site
        ? [{ kind: 'delete', key: keys.claim(domain), expect: owner.version }]
        : [];
    }),
  );
  return [...claims, ...dropped].flat();
}
