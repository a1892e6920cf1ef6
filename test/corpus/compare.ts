/** Compares what the original did with what octohost does, and names why where they differ on purpose. Pure. */
import { isOption } from '../../core/site-options.ts';
import type { Case, Field, Meaning } from './case.ts';
import type { Refused } from './ours.ts';
import type { Why } from './reasons.ts';
import { looseWords, theirMeaning } from './theirs.ts';

export interface Difference {
  readonly field: Field | 'outcome';
  readonly theirs: unknown;
  readonly ours: unknown;
  /** Absent: nobody wanted it. */
  readonly why?: Why;
}

/** Nothing where both mean the same. */
export function compare(one: Case, ours: Meaning | Refused): Difference[] {
  const recorded = theirMeaning(one);
  if ('refused' in ours) return [differ('outcome', recorded.containers, ours.refused, whyRefused(one, ours))];
  const renamed = isRenamed(recorded.site, ours.site);
  const theirs = renamed ? withSite(recorded, ours.site) : recorded;
  const fields = (Object.keys(ours) as Field[]).filter((field) => field !== 'environment');
  return [
    ...(renamed ? [differ('site', recorded.site, ours.site, 'plain names')] : []),
    ...fields
      .filter((field) => JSON.stringify(theirs[field]) !== JSON.stringify(ours[field]))
      .map((field) => differ(field, theirs[field], ours[field], whyField(one, field, theirs, ours))),
    ...environmentDifferences(one, theirs, ours),
  ];
}

function differ(
  field: Difference['field'],
  theirs: unknown,
  ours: unknown,
  why: Why | undefined,
): Difference {
  return { field, theirs, ours, ...(why ? { why } : {}) };
}

function isRenamed(theirs: string, ours: string): boolean {
  const plain = theirs.toLowerCase().replaceAll('/', '-');
  return theirs !== ours && (plain === ours || plain === `${ours}-main`);
}

/** The same with another name of the site, wherever it stands. */
function withSite(meaning: Meaning, site: string): Meaning {
  return JSON.parse(JSON.stringify(meaning).replaceAll(meaning.site, site)) as Meaning;
}

/** Where the original ran something that we refuse, only some refusals are meant. */
function whyRefused(one: Case, { refused }: Refused): Why | undefined {
  const ran = one.containers_started > 0;
  switch (refused) {
    case 'E_NO_BUILDER':
      return one.dockerfile === null ? 'no Dockerfile' : undefined;
    case 'E_SITE_NAME':
    case 'E_REF':
      return 'name refused';
    case 'E_SETTING_KEY':
      return 'key refused';
    case 'E_DOMAIN':
      return /^\s*\*\./m.test(one.cname ?? '') ? 'wildcard refused' : 'CNAME refused';
    case 'E_DOMAIN_TAKEN':
      return 'neighbour refused';
    case 'E_DOCKERFILE_OPTIONS':
      return ran ? 'comment refused' : 'accepted, not running';
    case 'E_SETTINGS':
      return /^# PORTS_FROM_HOST/im.test(one.dockerfile ?? '') ? 'one port, one container' : undefined;
    case 'E_SETTING_VALUE':
      if (['NGINX_ALT', 'SSL_CERTIFICATE', 'SSL_KEY'].some((name) => one.kv[name]?.startsWith('/')))
        return 'path refused';
      return ran && /^\d+$/.test(one.kv['CONTAINERS'] ?? '1') ? undefined : 'setting refused';
    default:
      return undefined;
  }
}

function whyField(one: Case, field: Field, theirs: Meaning, ours: Meaning): Why | undefined {
  switch (field) {
    case 'published':
      return ours.published.every((address) => address === '127.0.0.1') ? 'own ports' : undefined;
    case 'services':
      return whyServices(one, theirs, ours);
    case 'domains':
      return whyDomains(one, theirs, ours);
    case 'hostname':
      return isCut(one) ? 'CNAME by lines' : whyPlain([theirs.hostname], [ours.hostname]);
    case 'containers':
      return whyCount(one, theirs, ours);
    case 'site':
    case 'memory':
    case 'environment':
      return undefined;
    default:
      return whyComment(one, field, theirs, ours);
  }
}

function whyServices(one: Case, theirs: Meaning, ours: Meaning): Why | undefined {
  if (isOff(one)) return 'off is off';
  if ((one.payload_valid_json ?? []).includes(false)) return 'no JSON';
  if (theirs.containers === 0) return whyNothing(one);
  if (isOnce(one) && ours.containers > 1) return 'one port, one container';
  const exposed = [...(one.dockerfile ?? '').matchAll(/^EXPOSE\s+(.*)$/gim)].map((match) => match[1] ?? '');
  if (ours.services.length === 0 && theirs.services.length > 0) {
    if (exposed.length === 0 && theirs['host ports'].length > 0) return 'EXPOSE decides';
    return exposed.every((ports) => /^(?:\s*\d+\/udp)+\s*$/i.test(ports)) ? 'UDP is no HTTP' : undefined;
  }
  // With PORTS_FROM_HOST the original published nothing else, so the exposed port could not be found.
  if (theirs.services.length === 0 && ours['host ports'].length > 0) return 'own ports';
  const settings = ['CONSUL_TAGS', 'CUSTOM_CHECK', 'CUSTOM_CHECK_INTERVAL'].flatMap(
    (name) => one.kv[name] ?? [],
  );
  if (settings.some((value) => value === '' || /[\s"'\\$*?]/.test(value))) return 'value mangled';
  const split = theirs.services.map((text) =>
    text.replace(/ tags ([^ ]*)/, (all) => all.replaceAll(',', ' | ')),
  );
  return split.join() === ours.services.join() ? 'one tag of several' : undefined;
}

function whyDomains(one: Case, theirs: Meaning, ours: Meaning): Why | undefined {
  if (isOff(one)) return 'off is off';
  if (isCut(one)) return 'CNAME by lines';
  if (ours.domains.length === 0 && ours.services.length === 0) return 'no port, no domain';
  const set = (one.kv['DOMAINS'] ?? '').split(/[\s,]+/);
  const rest = ours.domains.filter((domain) => !set.includes(domain));
  if (rest.join() === theirs.domains.join()) return 'domains:set stays';
  return whyPlain(theirs.domains, ours.domains);
}

function whyPlain(theirs: readonly string[], ours: readonly string[]): Why | undefined {
  const plain = theirs.map((domain) => domain.toLowerCase().replace(/\.$/, '').replaceAll('_', '-'));
  const same =
    plain.toSorted().join() ===
    ours
      .map((domain) => domain.replaceAll('_', '-'))
      .toSorted()
      .join();
  return same ? 'plain names' : undefined;
}

function whyCount(one: Case, theirs: Meaning, ours: Meaning): Why | undefined {
  if (theirs.containers === 0) return whyNothing(one);
  return isOnce(one) && theirs.containers === 1 && ours.containers > 1
    ? 'one port, one container'
    : undefined;
}

function whyNothing(one: Case): Why {
  return isCut(one) || one.xargs_error !== null ? 'no real command' : 'accepted, not running';
}

const words: Partial<Record<Field, string>> = {
  name: 'ADD_NAME',
  links: 'LINK_SERVICE',
  'volumes from': 'VOLUMES_FROM',
  mounts: 'MOUNT_FROM_HOST',
  'host ports': 'PORTS_FROM_HOST',
};

function whyComment(one: Case, field: Field, theirs: Meaning, ours: Meaning): Why | undefined {
  const dockerfile = one.dockerfile ?? '';
  const word = words[field];
  if (new RegExp(`^# ${word}[^\\s]`, 'im').test(dockerfile)) return 'whole words';
  if (/<</.test(dockerfile) && new RegExp(`^# ${word}`, 'im').test(dockerfile)) return 'here-document';
  if (new RegExp(`^\\uFEFF# ${word}`, 'i').test(dockerfile)) return 'line ends';
  const without = JSON.stringify(theirs[field]).replaceAll(String.raw`\r`, '');
  return without === JSON.stringify(ours[field]) ? 'line ends' : undefined;
}

function environmentDifferences(one: Case, theirs: Meaning, ours: Meaning): Difference[] {
  const names = [...new Set([...Object.keys(theirs.environment), ...Object.keys(ours.environment)])];
  return names
    .toSorted((a, b) => (a < b ? -1 : 1))
    .flatMap((name) => {
      const [before, after] = [theirs.environment[name], ours.environment[name]];
      if (before === after) return [];
      return [differ('environment', { [name]: before }, { [name]: after }, whyVariable(one, name, after))];
    });
}

function whyVariable(one: Case, name: string, after: string | undefined): Why | undefined {
  if (name === 'CONTAINER_NAME' && one.kv[name] !== undefined) return 'own variable';
  if (after === undefined && name === 'DOMAINS') return 'DOMAINS leaked';
  if (after === undefined && isOption(name)) return 'setting leaked';
  // Ours is what was set, to the byte.
  if (after !== undefined && after === one.kv[name]) return 'value mangled';
  const lines = Object.values(one.kv).some((value) => value.includes('\n'));
  return after === undefined && one.kv[name] === undefined && lines ? 'value mangled' : undefined;
}

function isOff(one: Case): boolean {
  return ['', '0', 'false', 'no', 'off'].includes((one.kv['NO_HTTP_PROXY'] ?? 'on').trim().toLowerCase());
}

/** Whether a second container could not start beside the first. */
function isOnce(one: Case): boolean {
  return /^# (?:ADD_NAME|PORTS_FROM_HOST)/im.test(one.dockerfile ?? '');
}

/** Whether a line of CNAME was more than one plain domain, so that its words went their own ways. */
function isCut(one: Case): boolean {
  const lines = (one.cname ?? '').trimEnd().split('\n');
  const plain = lines.every((line) => /^[^\s#]+$/.test(line));
  return looseWords(one) > 0 || (one.cname !== null && one.cname.trim() !== '' && !plain);
}
