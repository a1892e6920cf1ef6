/**
 * The one table of what can be said of a site: in its settings, in its site file, in the defaults of octohost.config.ts.
 * A line here is the setting, the key of the file, the JSON Schema and `octo explain` at once; tests ask for the line of
 * the guide. Names without OCTO_ are the original's. Pure.
 */
import { certificateChain, privateKey } from './certificate.ts';
import { checkKind, containerCommand, requestPath, someText, statuses } from './checks/values.ts';
import { parseDomains } from './domains.ts';
import { capabilityList, deviceList } from './host-rights.ts';
import {
  bodySize,
  cpus,
  flag,
  interval,
  isProblem,
  type Kind,
  memory,
  type Problem,
  readBy,
  seconds,
  secret,
  templateName,
  text,
  url,
  wholeNumber,
  words,
} from './setting-values.ts';

/** Where an option may stand beside the settings, which may have all of them. */
export type Place = 'file' | 'defaults';

export interface Option<Of extends Kind = Kind, Key extends string = string> {
  readonly kind: Of;
  /** In a site file and in the defaults, `.` between the levels; absent for what only a setting can be. */
  readonly key?: Key;
  readonly places: readonly Place[];
  /** One sentence. */
  readonly says: string;
  /** As a setting would have it, where nobody says anything. */
  readonly unset?: string;
  /** The containers get it too. */
  readonly isEnvironment?: boolean;
}

const anywhere = ['file', 'defaults'] as const;
/** For one site alone. */
const ofSite = ['file'] as const;
/** What a repository may not choose. */
const ofOperator = ['defaults'] as const;

function option<
  Of extends Kind,
  const Key extends string,
  const Places extends readonly Place[],
  const More extends Pick<Option, 'unset' | 'isEnvironment'> = object,
>(kind: Of, key: Key, places: Places, says: string, more?: More) {
  return { kind, key, places, says, ...(more as More) } as const;
}

/** What belongs into no file. */
function settingOnly<Of extends Kind>(kind: Of, says: string) {
  return { kind, places: [], says } as const;
}

// biome-ignore format: a table
export const siteOptions = {
  CONTAINERS: option(wholeNumber(1, 100), 'instances', anywhere, 'How many instances run.', { unset: '1' }),
  MEMORY_LIMIT: option(memory, 'memory', anywhere, 'The memory of each instance: 256m, 1g.'),
  OCTO_PROCESSES: option(wholeNumber(16, 100_000), 'processes', anywhere, 'The most processes and threads of each instance, where it is not as the installation has it.'),
  OCTO_CPUS: option(cpus, 'cpus', anywhere, 'The processors that each instance may use: 0.5, 2.'),
  OCTO_CAPABILITIES: option(capabilityList, 'capabilities', ofSite, 'Linux capabilities of the containers beside the usual ones, without CAP_; takes a rule of allow.'),
  OCTO_DEVICES: option(deviceList, 'devices', ofSite, 'Devices of the host: /dev/ttyUSB0, or /dev/dri:/dev/dri:r with the path in the container and some of r, w and m; takes a rule of allow.'),
  OCTO_HOST_NETWORK: option(flag, 'hostNetwork', ofSite, "True: the containers are in the host's network; takes a rule of allow."),
  OCTO_PORT: option(wholeNumber(1, 65_535), 'port', ofSite, 'The port that answers HTTP, where it is not the first that the Dockerfile EXPOSEs.'),
  NO_HTTP_PROXY: option(flag, 'noHttp', ofSite, 'True: no address and no route; false: both, whatever the Dockerfile says.'),
  OCTO_GRACE_PERIOD: option(seconds(0, 3600), 'gracePeriod', anywhere, 'Seconds between the signal to end and the end.', { unset: '10' }),
  OCTO_CHECK: option(checkKind, 'check.kind', ofSite, 'What a new instance has to answer: http, tcp, up, healthcheck or command.'),
  OCTO_CHECK_PORT: option(wholeNumber(1, 65_535), 'check.port', ofSite, 'The port of the container that is asked, where it is not the routed one, or any TCP port.'),
  OCTO_CHECK_PATH: option(requestPath, 'check.path', ofSite, 'The path that is asked by HTTP.'),
  OCTO_CHECK_STATUS: option(statuses, 'check.status', ofSite, 'The HTTP statuses that are good: 200, 200-399, 200,204.'),
  OCTO_CHECK_BODY: option(someText, 'check.body', ofSite, 'A text that the HTTP answer has to contain.'),
  OCTO_CHECK_COMMAND: option(containerCommand, 'check.command', ofSite, 'A command that has to end with 0 in the container: a text for its shell, or a JSON list of words.'),
  OCTO_CHECK_INTERVAL: option(seconds(1, 300), 'check.interval', anywhere, 'Seconds between one question and the next, where it is not left to octohost.'),
  OCTO_CHECK_RETRIES: option(wholeNumber(0, 1000), 'check.retries', anywhere, 'How many wrong answers in a row are asked again, where it is not as many as the time allows.'),
  OCTO_CHECK_TIMEOUT: option(seconds(1, 3600), 'check.timeout', anywhere, 'Seconds until a new instance that has not proven itself is given up.', { unset: '60' }),
  OCTO_RELEASE_COMMAND: option(text, 'release', ofSite, 'The release task: a line for a shell of the image, or a JSON list of words.'),
  OCTO_RELEASE_TIMEOUT: option(seconds(1, 86_400), 'releaseTimeout', anywhere, 'Seconds that the release task may take.', { unset: '600' }),
  OCTO_MAX_BODY_SIZE: option(bodySize, 'routing.maxBodySize', anywhere, 'The largest request body: 50m, 2g; 0 is any.'),
  OCTO_REQUEST_TIMEOUT: option(seconds(1, 86_400), 'routing.timeout', anywhere, 'Seconds of silence after which a connection to an instance is given up.'),
  OCTO_BUFFERING: option(flag, 'routing.buffering', anywhere, 'True: answers are kept for slow clients; false: they are passed on as they come.'),
  OCTO_STICKY: option(flag, 'routing.sticky', anywhere, 'True: each client stays with one instance; false: any instance answers.'),
  SSL_FORCED: option(flag, 'routing.httpsOnly', anywhere, 'True: plain HTTP answers 301 to https.'),
  NGINX_ALT: option(templateName, 'routing.template', ofOperator, "The name of one of the operator's templates."),
  CONSUL_TAGS: option(words, 'service.tags', ofSite, 'Tags in the catalog, instead of those of the image.', { isEnvironment: true }),
  CUSTOM_CHECK: settingOnly(url, 'The address that the catalog asks instead of the instance.'),
  CUSTOM_CHECK_INTERVAL: option(interval, 'service.checkInterval', anywhere, 'How often the catalog asks: 15s.'),
  OCTO_SERVICE_FAILURES: option(wholeNumber(1, 100), 'service.failures', anywhere, 'Bad answers in a row after which the agent keeps a service out of the routes.'),
  OCTO_SERVICE_SUCCESSES: option(wholeNumber(1, 100), 'service.successes', anywhere, 'Good answers in a row after which the agent puts it back.'),
  SSL_CERTIFICATE: settingOnly(secret(certificateChain), "The site's own certificate with its chain, a PEM text."),
  SSL_KEY: settingOnly(secret(privateKey), 'Its key without a pass phrase, a PEM text.'),
  DOMAINS: settingOnly(readBy(parseDomains), 'All domains, as octohost keeps them.'),
} as const;

export type OptionName = keyof typeof siteOptions;

type Row<Name extends OptionName> = (typeof siteOptions)[Name];
type Value<Name extends OptionName> = Exclude<ReturnType<Row<Name>['kind']['parse']>, Problem>;

export function isOption(name: string): name is OptionName {
  return Object.hasOwn(siteOptions, name);
}

/** Those that may stand in a place, in the order of the table. */
export function optionsOf(place: Place): (Option & { readonly name: OptionName })[] {
  const all = Object.entries(siteOptions) as [OptionName, Option][];
  return all.flatMap(([name, one]) => (one.places.includes(place) ? [{ name, ...one }] : []));
}

/** Of octohost's own options all but the key of a certificate are shown, or told to others. */
export function canBeSecret(name: string): boolean {
  return !isOption(name) || name === 'SSL_KEY';
}

/** What is wrong with the text of a setting; nothing with that of an environment variable. */
export function settingProblem(name: string, value: string): string | undefined {
  const parsed = isOption(name) ? siteOptions[name].kind.parse(value) : undefined;
  return isProblem(parsed) ? parsed.problem : undefined;
}

/** What an option of a site is; `settingProblem` has found nothing wrong with it. Undefined: nobody says anything. */
export function settingValue<Name extends OptionName>(
  settings: Readonly<Record<string, string>>,
  name: Name,
): Value<Name> | (Row<Name> extends { readonly unset: string } ? never : undefined) {
  const { kind, unset }: Option = siteOptions[name];
  const given = settings[name] ?? unset;
  return (given === undefined ? undefined : kind.parse(given)) as Value<Name>;
}
