/** What the next release of a site is: the image, the settings and the wishes of this operation, resolved. */
import { portProblem } from './checks/choose.ts';
import { type LeftDomain, refuseTaken } from './claims.ts';
import { certificateKey, contentKey } from './content-key.ts';
import {
  changedDomains,
  type DomainsChange,
  declaredDomains,
  domainsValue,
  resolveDomains,
  type SiteDomain,
} from './domains.ts';
import { errors } from './error-catalogue.ts';
import type { Domain, SiteName } from './grammar.ts';
import { portsInHostNetwork } from './host-rights.ts';
import { keys } from './keys.ts';
import { layered } from './layers.ts';
import { journalOf, settingOperations } from './many-settings.ts';
import { resolvePeers } from './peers.ts';
import { allowedOptions } from './permissions.ts';
import type { DomainRecord } from './records.ts';
import type {
  Certificate,
  Declared,
  Image,
  PortBinding,
  Reason,
  Release,
  RunOptions,
  Settings,
} from './release.ts';
import type { ReleaseTask } from './release-task.ts';
import type { InstanceSpec, StepContext, StoreOperation } from './roles.ts';
import { deploymentOf, type Start } from './run.ts';
import type { WantedOptions } from './run-options.ts';
import { serviceOptions } from './service.ts';
import { type ResolvedSite, resolveSite } from './site.ts';
import { canBeSecret } from './site-options.ts';
import { type ResolvedRoute, resolveRoute } from './site-route.ts';
import { instanceSpec, specDigest } from './spec.ts';
import type { World } from './world.ts';

/** What an operation wants of a site, beside a new image. It is written with the pointer, or not at all. */
export interface Change extends DomainsChange {
  readonly reason: Exclude<Reason, 'deploy'>;
  /** Settings to set, or to delete where null. */
  readonly settings?: Readonly<Record<string, string | null>>;
  /** Names of those that become secret; a secret stays one until it is deleted. */
  readonly secrets?: readonly string[];
  /** True: new instances even where nothing else changed. */
  readonly reload?: boolean;
  /** The release to go back to: its image, configuration, domains, count and run options. */
  readonly back?: Release;
}

/** A release that is not current yet, and what is written when it becomes so. */
export interface Candidate {
  readonly release: Release;
  readonly environment: Readonly<Record<string, string>>;
  /** See `settingsSnapshot`. */
  readonly settings: Readonly<Record<string, string>>;
  /** Names of settings that are secret. */
  readonly secrets: ReadonlySet<string>;
  /** What the site file says. */
  readonly said: Readonly<Record<string, string>>;
  readonly image: Image;
  /** The site's own certificate. */
  readonly certificate?: Certificate;
  /** True where this deploy built the image: it goes when the deploy fails. */
  readonly fresh: boolean;
  /** What a push runs before the new instances start. */
  readonly task?: ReleaseTask;
  readonly domains: readonly SiteDomain[];
  /** Settings and the domain record. */
  readonly writes: readonly StoreOperation[];
}

/** What a release keeps of the push that it was made of, or of the release that is changed. */
export type ReleaseFacts = Pick<Release, 'revision' | 'origin' | 'message' | 'tree' | 'back'>;

export interface PlanRequest {
  readonly run: Start;
  readonly image: Image;
  readonly declared: Declared;
  /** The values that its site file gives. */
  readonly said: Readonly<Record<string, string>>;
  /** Declared domains that stay with another site. */
  readonly left: readonly LeftDomain[];
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
  const { run, image, declared, said, fresh, change } = request;
  const settings = mergeSettings(run.settings, change?.settings);
  const secrets = mergeSecrets(settings, run.secrets, change?.secrets);
  const { defaults } = world.config;
  const holding = layered({ settings, said, ...declared, defaults });
  const all = holding.settings;
  const resolved = resolveSite(run.site, all, image, declared.options);
  const wanted = await allowedOptions(world, run.site, declared.options, holding);
  const route = resolveRoute(run.site, all, world.config.https.certificate !== undefined);
  for (const remark of route.remarks) context.warn(remark);
  const set = changedDomains(run.site, run.settings, await world.state.domains(run.site), change);
  const domains = resolveDomains(run.site, world.config, declaredHere(declared, request.left), set);
  const hostname = declared.domains.at(-1);
  const before = change?.back ?? run.previous;
  const generation = (before?.run.generation ?? 1) + (change?.reload ? 1 : 0);
  const options = {
    ...(resolved.httpPort === undefined ? {} : { httpPort: resolved.httpPort }),
    ports: resolved.ports,
    volumes: image.volumes,
    ...(hostname === undefined ? {} : { hostname }),
    ...limitsOf(resolved),
    generation,
    ...hostOptions(wanted, networkPorts(world, run.site, wanted, resolved)),
    ...(await resolvePeers(world, run.site, wanted, run.previous)),
  };
  const given = instanceSpec({ site: run.site, image, run: options }, resolved.environment);
  const modified = await world.hooks.modify('modifySpec', given, context);
  // Whose instance it is and what was built are facts, not wishes.
  const spec = { ...modified, site: given.site, image: given.image };
  const { site: _site, image: _image, environment, ...runOptions } = spec;
  const unaskable = portProblem(resolved.check, spec);
  if (unaskable) throw errors.E_SETTINGS({ site: run.site, problems: [unaskable] });
  const snapshot = settingsSnapshot(settings, set);
  const release: Release = {
    ...numbered(world, run),
    ...request.from,
    image,
    ...(await digestsOf(world, spec, snapshot, secrets)),
    run: { ...runOptions, ...(wanted.name === undefined ? {} : { name: wanted.name }) },
    ...routeOf(route),
    declared,
    count: resolved.count,
    domains: spec.httpPort === undefined ? [] : domains.map(({ domain }) => domain),
    check: resolved.check,
    service: serviceOptions(all, image),
    graceSeconds: resolved.graceSeconds,
  };
  // Before the router hears of them: it would say less of a name that two sites have.
  await refuseTaken(world, run.site, release.domains, run.former?.site);
  const values = await world.state.secrets.seal(run.site, change?.settings ?? {}, secrets);
  const writes = writesOf(run, release, set, values);
  const own = {
    ...(route.certificate ? { certificate: route.certificate } : {}),
    ...(resolved.task ? { task: resolved.task } : {}),
  };
  return { release, environment, settings: snapshot, secrets, said, image, fresh, domains, writes, ...own };
}

/** What tells whether two releases have the same, without telling what: of secrets nobody can try it out. */
async function digestsOf(
  { state }: World,
  spec: InstanceSpec,
  snapshot: Readonly<Record<string, string>>,
  secrets: ReadonlySet<string>,
): Promise<Pick<Release, 'environment' | 'settings' | 'spec'>> {
  const digested = (values: Readonly<Record<string, string>>) =>
    state.secrets.digested(spec.site, values, secrets);
  const environment = await digested(spec.environment);
  return {
    environment: contentKey(environment),
    settings: contentKey(await digested(snapshot)),
    spec: specDigest({ ...spec, environment }),
  };
}

/** Pure. */
function limitsOf(resolved: ResolvedSite): Pick<RunOptions, 'memoryLimit' | 'processes' | 'cpus'> {
  const { memoryLimit, processes, cpus } = resolved;
  return {
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
    ...(processes === undefined ? {} : { processes }),
    ...(cpus === undefined ? {} : { cpus }),
  };
}

/** Nothing for nothing, so that a spec without them keeps its digest. Pure. */
function hostOptions(
  { mounts, capabilities, devices, hostNetwork }: WantedOptions,
  hostPorts: readonly PortBinding[],
): Pick<RunOptions, 'mounts' | 'hostPorts' | 'capabilities' | 'devices' | 'hostNetwork'> {
  return {
    ...(mounts.length > 0 ? { mounts: mounts.map(withoutLine) } : {}),
    ...(hostPorts.length > 0 ? { hostPorts } : {}),
    ...(capabilities.length > 0 ? { capabilities } : {}),
    ...(devices.length > 0 ? { devices } : {}),
    ...(hostNetwork ? { hostNetwork } : {}),
  };
}

/** The ports of the host that the instance has to itself. Throws E_SETTINGS. */
function networkPorts(
  { config }: World,
  site: SiteName,
  wanted: WantedOptions,
  { ports }: ResolvedSite,
): readonly PortBinding[] {
  return wanted.hostNetwork ? portsInHostNetwork(site, ports, config) : wanted.hostPorts.map(withoutLine);
}

/** Where something is asked for is no part of what it is. */
function withoutLine<Asked extends { readonly line: number }>(asked: Asked): Omit<Asked, 'line'> {
  const { line: _line, ...rest } = asked;
  return rest;
}

/** What the release's record has of it: options, and the content key of the certificate. Pure. */
function routeOf({ options, certificate }: ResolvedRoute): Pick<Release, 'route'> {
  const route = { ...options, ...(certificate ? { tls: certificateKey(certificate) } : {}) };
  return Object.keys(route).length > 0 ? { route } : {};
}

/** Pure. */
export function declaredHere(declared: Declared, left: readonly LeftDomain[]): readonly SiteDomain[] {
  return declaredDomains(declared).filter(({ domain }) => !left.some((one) => one.domain === domain));
}

/** The settings as they are once the change is made. Pure. */
export function mergeSettings(settings: Settings, change: Change['settings'] = {}): Settings {
  const merged = { ...settings, ...change };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null)) as Settings;
}

/** Names of the settings that are secret once the change is made. Pure. @throws E_SETTING_PLAIN */
export function mergeSecrets(
  settings: Readonly<Record<string, unknown>>,
  before: Iterable<string>,
  more: readonly string[] = [],
): ReadonlySet<string> {
  const plain = more.find((name) => !canBeSecret(name));
  if (plain !== undefined) throw errors.E_SETTING_PLAIN({ key: plain });
  return new Set([...before, ...more].filter((name) => Object.hasOwn(settings, name)));
}

/**
 * Everything that a release takes from its site: another one says that settings were changed since.
 * @param own the domains that were set; DOMAINS itself is mostly the result
 */
export function settingsSnapshot(settings: Settings, own: readonly Domain[]): Record<string, string> {
  return { ...settings, DOMAINS: domainsValue(own) };
}

function numbered(world: World, run: Start) {
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
  run: Start,
  release: Release,
  set: readonly Domain[],
  values: NonNullable<Change['settings']>,
): StoreOperation[] {
  const written = domainsValue(release.domains);
  const stored = (run.settings as Readonly<Record<string, string>>)['DOMAINS'];
  const isStored = stored === written && values['DOMAINS'] === undefined;
  const settings = { ...values, ...(isStored ? {} : { DOMAINS: written }) };
  return settingWrites(run.site, settings, { written, set }, run);
}

/** Settings, the DOMAINS key among them, and what octohost knows of that; secret ones are sealed already. Pure. */
export function settingWrites(
  site: SiteName,
  values: NonNullable<Change['settings']>,
  domains: DomainRecord,
  { journal, former }: Pick<Start, 'journal' | 'former'>,
): StoreOperation[] {
  return [
    // Beside a rename there is no room for each of them.
    ...(former ? [journalOf(site, values, journal)] : settingOperations(site, values, journal)),
    { kind: 'set', key: keys.domains(site), value: JSON.stringify(domains) },
  ];
}
