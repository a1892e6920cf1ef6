/** What a site's settings mean: run options and environment. Pure. */
import { checkProblems, checkSettings, chooseCheck, readCheck } from './checks/choose.ts';
import { parseDomains } from './domains.ts';
import { errors } from './error-catalogue.ts';
import { messageOf } from './errors.ts';
import type { SiteName } from './grammar.ts';
import type { CheckOptions, DeclaredOptions, Image, Port, Settings } from './release.ts';
import { givenTags } from './service.ts';
import { bytes, flag, text, wholeNumber } from './setting-values.ts';
import { routeSettings } from './site-route.ts';

/** Every setting that is not environment. Names without OCTO_ are the original's. */
const knownSettings = {
  DOMAINS: text,
  CONTAINERS: wholeNumber(1, 100),
  MEMORY_LIMIT: bytes,
  CUSTOM_CHECK: text,
  CUSTOM_CHECK_INTERVAL: text,
  NO_HTTP_PROXY: flag,
  ...routeSettings,
  OCTO_PORT: wholeNumber(1, 65_535),
  ...checkSettings,
  OCTO_GRACE_PERIOD: wholeNumber(0, 3600),
} as const;

type Known = typeof knownSettings;
type KnownName = keyof Known;

/** Seconds between the signal to end and the end, where the site does not say. */
export const defaultGraceSeconds = 10;
/** An environment is kept as one value; every store takes one of this size in a transaction. */
const maxEnvironmentBytes = 300_000;

/** Each port of each instance takes one of the host. */
const maxPorts = 64;

const defaultCount = 1;

/** Whether a key is a setting, and so no environment. */
export function isKnownSetting(name: string): boolean {
  return name in knownSettings;
}

/** Refuses a value that could not be used later, when it is set. */
export function checkSetting(name: string, value: string): void {
  if (name.startsWith('OCTO_') && !(name in knownSettings)) {
    throw errors.E_SETTING_UNKNOWN({
      key: name,
      known: Object.keys(knownSettings).filter((known) => known.startsWith('OCTO_')),
    });
  }
  const problem = settingProblem(name, value);
  if (problem) throw errors.E_SETTING_VALUE({ key: name, problem });
}

function settingProblem(name: string, value: string): string | undefined {
  if (!(name in knownSettings)) return undefined;
  if (name === 'DOMAINS') return domainsProblem(value);
  const parsed = knownSettings[name as KnownName](value);
  return typeof parsed === 'object' && 'problem' in parsed ? parsed.problem : undefined;
}

function domainsProblem(value: string): string | undefined {
  try {
    parseDomains(value);
  } catch (error) {
    return `cannot be used: ${messageOf(error)}`;
  }
  return undefined;
}

/** Everything that a release takes from the settings of its site. */
export interface ResolvedSite {
  readonly environment: Readonly<Record<string, string>>;
  readonly httpPort?: number;
  /** NO_HTTP_PROXY is on. */
  readonly noHttp: boolean;
  readonly ports: readonly Port[];
  readonly memoryLimit?: number;
  readonly count: number;
  readonly check: CheckOptions;
  readonly graceSeconds: number;
}

/** Resolves settings against the image and what the repository asks for. All that is wrong is reported at once. */
export function resolveSite(
  site: SiteName,
  settings: Settings,
  image: Image,
  declared?: DeclaredOptions,
): ResolvedSite {
  const problems = Object.entries(settings).flatMap(([name, value]) => {
    const problem = settingProblem(name, value);
    return problem ? [`${name} ${problem}.`] : [];
  });
  const environment = environmentOf(settings);
  const size = Buffer.byteLength(JSON.stringify(environment));
  if (size > maxEnvironmentBytes)
    problems.push(`The environment is ${size} bytes; it may have ${maxEnvironmentBytes}.`);
  if (image.ports.length > maxPorts)
    problems.push(`The image exposes ${image.ports.length} ports; a site may have ${maxPorts}.`);
  if (declared?.hostPorts.length && Number(settingOf(settings, 'CONTAINERS') ?? 1) > 1)
    problems.push(`CONTAINERS is above 1; PORTS_FROM_HOST gives its host ports to one container.`);
  const check = readCheck(settings);
  problems.push(...checkProblems(check));
  if (problems.length > 0) throw errors.E_SETTINGS({ site, problems });

  const known = <Name extends KnownName>(name: Name) => {
    const value = settingOf(settings, name);
    return value === undefined
      ? undefined
      : (knownSettings[name](value) as Exclude<ReturnType<Known[Name]>, { problem: string }>);
  };
  const noHttp = known('NO_HTTP_PROXY') ?? declared?.noHttpProxy !== undefined;
  const httpPort = noHttp ? undefined : (known('OCTO_PORT') ?? firstTcpPort(image.ports));
  const ports = withPorts(image.ports, httpPort, declared?.hostPorts ?? []);
  const memoryLimit = known('MEMORY_LIMIT');
  const asked = { httpPort, ports, port: known('OCTO_PORT'), tags: givenTags(settings, image) };
  return {
    environment,
    noHttp,
    ...(httpPort === undefined ? {} : { httpPort }),
    ports,
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
    count: known('CONTAINERS') ?? defaultCount,
    check: chooseCheck(check, asked),
    graceSeconds: known('OCTO_GRACE_PERIOD') ?? defaultGraceSeconds,
  };
}

/** What the containers of the site get: every setting that octohost does not know as its own. */
export function environmentOf(settings: Settings): Record<string, string> {
  const own = Object.entries(settings).filter(
    ([name]) => !(name in knownSettings) && !name.startsWith('OCTO_'),
  );
  return Object.fromEntries(own.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function firstTcpPort(ports: readonly Port[]): number | undefined {
  return ports.find(({ protocol }) => protocol === 'tcp')?.port;
}

function settingOf(settings: Settings, name: KnownName): string | undefined {
  return (settings as Record<string, string>)[name];
}

/** What the image exposes, with what is routed and what the repository wants at a host port. */
function withPorts(exposed: readonly Port[], httpPort: number | undefined, wanted: readonly Port[]): Port[] {
  const http: Port[] = httpPort === undefined ? [] : [{ port: httpPort, protocol: 'tcp' }];
  const all = [...http.filter((one) => !hasPort(exposed, one)), ...exposed, ...wanted];
  const once = all.filter((one, index) => !hasPort(all.slice(0, index), one));
  return once.map(({ port, protocol }) => ({ port, protocol }));
}

export function hasPort(ports: readonly Port[], one: Port): boolean {
  return ports.some(({ port, protocol }) => port === one.port && protocol === one.protocol);
}
