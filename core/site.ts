/** What a site's settings mean: run options and environment. Pure. */
import { parseDomains } from './domains.ts';
import { errors } from './error-catalogue.ts';
import { messageOf } from './errors.ts';
import type { SiteName } from './grammar.ts';
import type { CheckOptions, Image, Port, Settings } from './release.ts';
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
  OCTO_CHECK_TIMEOUT: wholeNumber(1, 3600),
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

const defaults = { count: 1, checkTimeoutSeconds: 60 } as const;

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
  readonly ports: readonly Port[];
  readonly memoryLimit?: number;
  readonly count: number;
  readonly check: CheckOptions;
  readonly graceSeconds: number;
}

/** Resolves settings against the image. All that is wrong is reported at once. */
export function resolveSite(site: SiteName, settings: Settings, image: Image): ResolvedSite {
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
  if (problems.length > 0) throw errors.E_SETTINGS({ site, problems });

  const known = <Name extends KnownName>(name: Name) => {
    const value = (settings as Record<string, string>)[name];
    return value === undefined
      ? undefined
      : (knownSettings[name](value) as Exclude<ReturnType<Known[Name]>, { problem: string }>);
  };
  const httpPort = known('NO_HTTP_PROXY') ? undefined : (known('OCTO_PORT') ?? firstTcpPort(image.ports));
  const memoryLimit = known('MEMORY_LIMIT');
  return {
    environment,
    ...(httpPort === undefined ? {} : { httpPort }),
    ports: withPort(image.ports, httpPort),
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
    count: known('CONTAINERS') ?? defaults.count,
    check: { timeoutSeconds: known('OCTO_CHECK_TIMEOUT') ?? defaults.checkTimeoutSeconds },
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

function withPort(ports: readonly Port[], httpPort: number | undefined): readonly Port[] {
  if (httpPort === undefined || ports.some(({ port, protocol }) => port === httpPort && protocol === 'tcp'))
    return ports;
  return [{ port: httpPort, protocol: 'tcp' }, ...ports];
}
