/** What a site's settings mean: run options and environment. Pure. */
import { checkProblems, chooseCheck } from './checks/choose.ts';
import { errors } from './error-catalogue.ts';
import { messageOf } from './errors.ts';
import { parseSettingKey, parseSettingValue, type SiteName } from './grammar.ts';
import type { CheckOptions, DeclaredOptions, Image, Port, Settings } from './release.ts';
import type { ReleaseTask } from './release-task.ts';
import { givenTags } from './service.ts';
import { isOption, type Option, settingProblem, settingValue, siteOptions } from './site-options.ts';

/** An environment is kept as one value; every store takes one of this size in a transaction. */
const maxEnvironmentBytes = 300_000;

/** Each port of each instance takes one of the host. */
const maxPorts = 64;

/** Refuses a value that could not be used later, when it is set. */
export function checkSetting(name: string, value: string): void {
  if (name.startsWith('OCTO_') && !isOption(name)) {
    const known = Object.keys(siteOptions).filter((one) => one.startsWith('OCTO_'));
    throw errors.E_SETTING_UNKNOWN({ key: name, known });
  }
  const problem = settingProblem(name, value);
  if (problem) throw errors.E_SETTING_VALUE({ key: name, problem });
}

/** Before a build nobody knows what an image exposes. */
export const unknownImage: Image = { id: '', ports: [], volumes: [] };

/** Everything that a release takes from the settings of its site. */
export interface ResolvedSite {
  readonly environment: Readonly<Record<string, string>>;
  readonly httpPort?: number;
  /** NO_HTTP_PROXY is on. */
  readonly noHttp: boolean;
  readonly ports: readonly Port[];
  readonly memoryLimit?: number;
  readonly processes?: number;
  readonly cpus?: number;
  readonly count: number;
  readonly check: CheckOptions;
  readonly graceSeconds: number;
  readonly task?: ReleaseTask;
}

/**
 * Resolves settings against the image and what the repository asks for. All that is wrong is reported at once.
 * @param settings what holds of all that is said: see layers.ts
 */
export function resolveSite(
  site: SiteName,
  settings: Settings,
  image: Image,
  declared?: DeclaredOptions,
): ResolvedSite {
  const problems = Object.entries(settings).flatMap(([name, value]) => {
    const problem = storedProblem(name, value);
    return problem ? [problem] : [];
  });
  const environment = environmentOf(settings);
  const size = Buffer.byteLength(JSON.stringify(environment));
  if (size > maxEnvironmentBytes)
    problems.push(`The environment is ${size} bytes; it may have ${maxEnvironmentBytes}.`);
  if (image.ports.length > maxPorts)
    problems.push(`The image exposes ${image.ports.length} ports; a site may have ${maxPorts}.`);
  problems.push(...sharingProblems(settings, declared));
  if (problems.length === 0) problems.push(...checkProblems(settings));
  if (problems.length > 0) throw errors.E_SETTINGS({ site, problems });

  const noHttp = settingValue(settings, 'NO_HTTP_PROXY') ?? false;
  const httpPort = noHttp ? undefined : (settingValue(settings, 'OCTO_PORT') ?? firstTcpPort(image.ports));
  const ports = withPorts(image.ports, httpPort, declared?.hostPorts ?? []);
  const tags = givenTags(settings, image);
  const command = settingValue(settings, 'OCTO_RELEASE_COMMAND')?.trim();
  return {
    environment,
    noHttp,
    ...(httpPort === undefined ? {} : { httpPort }),
    ports,
    ...limitsIn(settings),
    count: settingValue(settings, 'CONTAINERS'),
    check: chooseCheck(settings, { httpPort, ports, tags }),
    graceSeconds: settingValue(settings, 'OCTO_GRACE_PERIOD'),
    ...(command ? { task: { command, timeoutSeconds: settingValue(settings, 'OCTO_RELEASE_TIMEOUT') } } : {}),
  };
}

/** What of the host one container alone can have. */
function sharingProblems(settings: Settings, declared: DeclaredOptions | undefined): string[] {
  const several = settingValue(settings, 'CONTAINERS') > 1;
  const hasPorts = declared !== undefined && declared.hostPorts.length > 0;
  const portProblems =
    several && hasPorts
      ? ['CONTAINERS is above 1; PORTS_FROM_HOST gives its host ports to one container.']
      : [];
  if (!settingValue(settings, 'OCTO_HOST_NETWORK')) return portProblems;
  const others = [
    ...(several ? ["CONTAINERS is above 1; one container can have the host's network."] : []),
    ...(hasPorts
      ? ["PORTS_FROM_HOST gives nothing in the host's network: all its ports are the host's."]
      : []),
    ...(declared && declared.links.length > 0
      ? ["LINK_SERVICE gives no names in the host's network; take one of the two."]
      : []),
  ];
  return [...portProblems, ...others];
}

/** Those that somebody set. */
function limitsIn(settings: Settings): Pick<ResolvedSite, 'memoryLimit' | 'processes' | 'cpus'> {
  const memoryLimit = settingValue(settings, 'MEMORY_LIMIT');
  const processes = settingValue(settings, 'OCTO_PROCESSES');
  const cpus = settingValue(settings, 'OCTO_CPUS');
  return {
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
    ...(processes === undefined ? {} : { processes }),
    ...(cpus === undefined ? {} : { cpus }),
  };
}

/** Others can write into the store: what config:set would not take is not used either. */
function storedProblem(name: string, value: string): string | undefined {
  try {
    parseSettingValue(parseSettingKey(name), value);
  } catch (error) {
    return messageOf(error);
  }
  const problem = settingProblem(name, value);
  return problem && `${name} ${problem}.`;
}

/** What the containers of the site get: every setting that octohost does not know as its own. */
export function environmentOf(settings: Settings): Record<string, string> {
  const own = Object.entries(settings).filter(([name]) => isEnvironment(name));
  return Object.fromEntries(own.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Names that begin with OCTO_ are octohost's, known or not. */
function isEnvironment(name: string): boolean {
  if (!isOption(name)) return !name.startsWith('OCTO_');
  const { isEnvironment: too = false }: Option = siteOptions[name];
  return too;
}

function firstTcpPort(ports: readonly Port[]): number | undefined {
  return ports.find(({ protocol }) => protocol === 'tcp')?.port;
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
