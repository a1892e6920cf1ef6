/** What the catalog is told of a site: tags, how others may check it, and the form in which the original told it. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { errors } from './error-catalogue.ts';
import type { IpAddress, SiteName } from './grammar.ts';
import type { Layered } from './layers.ts';
import type {
  ByHandService,
  Image,
  Instance,
  InstanceService,
  PortBinding,
  Release,
  Service,
  ServiceOptions,
  Settings,
} from './release.ts';
import type { CatalogEntry } from './roles.ts';
import { settingValue } from './site-options.ts';

const defaultInterval = '15s';
const defaultTags = ['http'];
const mostTags = 20;
const longestTag = 100;

/** A tag, and where it comes from: `setting CONSUL_TAGS`, `.octohost.yml line 4`, `image`, `default`, or the service that was given it by hand. */
export interface ServiceTag {
  readonly tag: string;
  readonly origin: string;
}

/** What is between commas, blanks and control characters: a repository's tags are shown on terminals. */
export function tagsIn(text: string): string[] {
  return [...new Set(text.split(/[\s,\p{Cc}]+/u).filter((tag) => tag !== ''))];
}

/** Tags of CONSUL_TAGS: what the site says, else the image's own variable; none where they are left to octohost. */
export function givenTags(
  settings: Settings,
  { serviceTags: inImage = '' }: Pick<Image, 'serviceTags'>,
): string[] {
  return tagsIn(settingValue(settings, 'CONSUL_TAGS') ?? inImage);
}

/** Those that are given, else `http`. */
function tagsOf(settings: Settings, image: Pick<Image, 'serviceTags'>): readonly string[] {
  const tags = givenTags(settings, image);
  return tags.length > 0 ? tags : defaultTags;
}

/** The tags with where they come from. */
export function explainTags(
  { settings, originOf }: Layered,
  image: Pick<Image, 'serviceTags'>,
): ServiceTag[] {
  const said = originOf('CONSUL_TAGS') ?? 'image';
  const origin = givenTags(settings, image).length > 0 ? said : 'default';
  return tagsOf(settings, image).map((tag) => ({ tag, origin }));
}

/** A check stands only beside a tag that contains `http`; without CUSTOM_CHECK it asks the instance itself. */
export function serviceOptions(settings: Settings, image: Pick<Image, 'serviceTags'>): ServiceOptions {
  const tags = tagsOf(settings, image);
  if (!isChecked(tags)) return { tags };
  const url = settingValue(settings, 'CUSTOM_CHECK');
  const interval = settingValue(settings, 'CUSTOM_CHECK_INTERVAL') ?? defaultInterval;
  const failures = settingValue(settings, 'OCTO_SERVICE_FAILURES');
  const successes = settingValue(settings, 'OCTO_SERVICE_SUCCESSES');
  const check = {
    ...(url ? { url } : {}),
    interval,
    ...(failures === undefined ? {} : { failures }),
    ...(successes === undefined ? {} : { successes }),
  };
  return { tags, check };
}

function isChecked(tags: readonly string[]): boolean {
  return tags.some((tag) => tag.includes('http'));
}

/** Whether the router can lead requests to it: a site's own instances were asked, of others the tag says so. */
export function speaksHttp({ tags }: Pick<Service, 'tags'>): boolean {
  return tags.includes('http');
}

export function serviceId(site: SiteName, address: string, port: number): string {
  return `${site}-${address}-${port}`;
}

/**
 * Whether a service has another address than this host's instances get: somebody registered what runs elsewhere. The
 * runtime of this host cannot tell that it is gone, and nobody here takes it out of the catalog. Pure.
 * @param own the address of this host's instances
 */
export function isElsewhere({ address }: Pick<Service, 'address'>, own: string): boolean {
  return address !== own;
}

/** `10.0.0.5:80`, `[fd00::5]:80`. */
export function hostAndPort({ address, port }: Pick<Service, 'address' | 'port'>): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/**
 * Services at this host's address whose instance is gone, and others than the wanted ones of an instance that stays. Pure.
 * @param there the site's instances, and the address that those of this host have
 * @param wanted of those instances that stay; left out: whatever they have
 */
export function orphansOf(
  entries: readonly CatalogEntry[],
  there: { readonly instances: readonly Instance[]; readonly address: string },
  wanted: readonly InstanceService[] = [],
): CatalogEntry[] {
  const alive = new Set(there.instances.map(({ id }) => id));
  const [kept, ids] = [new Set(wanted.map(({ instance }) => instance)), new Set(wanted.map(({ id }) => id))];
  return entries.filter(
    (entry) =>
      entry.kind === 'instance' &&
      !isElsewhere(entry, there.address) &&
      (!alive.has(entry.instance) || (kept.has(entry.instance) && !ids.has(entry.id))),
  );
}

/** The URL of a service's own address, which a check asks where the site does not say otherwise. */
export function ownUrl(at: Pick<Service, 'address' | 'port'>): string {
  return `http://${hostAndPort(at)}`;
}

/** Where an instance of the release takes HTTP; undefined for a site without. Pure. */
export function routedBinding({ run }: Release, { bindings }: Instance): PortBinding | undefined {
  return bindings.find(({ port, protocol }) => port === run.httpPort && protocol === 'tcp');
}

/** What somebody gives a site by hand. */
export interface GivenService {
  readonly address: IpAddress;
  readonly port: number;
  /** `http` for none. */
  readonly tags: readonly string[];
}

/** @throws E_SERVICE_TAGS */
export function byHandService(
  site: SiteName,
  { address, port, tags: given }: GivenService,
  facts: Pick<ByHandService, 'actor' | 'since'>,
): ByHandService {
  const tags = given.length > 0 ? given : defaultTags;
  if (tags.length > mostTags || tags.some((tag) => tag.length > longestTag))
    throw errors.E_SERVICE_TAGS({ most: mostTags, longest: longestTag });
  const check = { http: ownUrl({ address, port }), interval: defaultInterval };
  return {
    kind: 'by-hand',
    id: serviceId(site, address, port),
    site,
    address,
    port,
    tags,
    ...(isChecked(tags) ? { check } : {}),
    ...facts,
  };
}

/** Whether the catalog has a service with all its facts. */
export function isEntryOf(entry: CatalogEntry | undefined, service: Service): boolean {
  if (entry === undefined) return false;
  const { health: _, ...known } = entry;
  return isDeepStrictEqual(known, service);
}

/** A service as the original told it to the agent of its catalog, with whose it is as Meta. */
export interface ServiceDefinition {
  readonly ID: string;
  readonly Name: string;
  readonly Address: string;
  readonly Port: number;
  readonly Tags: readonly string[];
  readonly Meta: Readonly<Record<string, string>>;
  readonly check?: { readonly http: string; readonly interval: string };
}

/** @param installation its id: entries of others in the same catalog are not touched */
export function serviceDefinition(service: Service, installation: string): ServiceDefinition {
  const { id, site, address, port, tags, check } = service;
  return {
    ID: id,
    Name: site,
    Address: address,
    Port: port,
    Tags: tags,
    Meta: {
      'octohost-installation': installation,
      'octohost-site': site,
      'octohost-kind': service.kind,
      ...ownerOf(service),
    },
    ...(check ? { check: { http: check.http, interval: check.interval } } : {}),
  };
}

function ownerOf(service: Service): Record<string, string> {
  if (service.kind === 'by-hand') return { 'octohost-actor': service.actor, 'octohost-since': service.since };
  const { deploy, instance, spec } = service;
  return { 'octohost-deploy': deploy, 'octohost-instance': instance, 'octohost-spec': spec };
}
