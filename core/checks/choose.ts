/** Which check a new instance has to pass: from settings, tags and ports. Pure. */
import type { CheckKind, CheckOptions, Port, RunOptions, Settings, StatusRange } from '../release.ts';
import { type OptionName, settingValue } from '../site-options.ts';

/** A check with everything that asking takes. */
export type Check =
  /** An HTTP answer at a port of the container; any one where nothing else is wanted. */
  | {
      readonly kind: 'http';
      readonly port: number;
      readonly path: string;
      readonly status?: readonly StatusRange[];
      /** A text that the answer's body has to contain. */
      readonly body?: string;
    }
  /** A connection at one of these ports of the container. */
  | { readonly kind: 'tcp'; readonly ports: readonly number[] }
  /** Nothing is asked. `mayEnd`: an end with 0 is as good, for there is nothing to be reached. */
  | { readonly kind: 'up'; readonly mayEnd: boolean }
  | { readonly kind: 'healthcheck' }
  | { readonly kind: 'command'; readonly command: readonly string[] };

/** What a check depends on of how the instances are run. */
export type CheckedRun = Pick<RunOptions, 'ports' | 'httpPort'>;

/** What of a site the choice depends on, beside its settings. */
export interface CheckFacts {
  readonly httpPort: number | undefined;
  readonly ports: readonly Port[];
  /** Tags that the setting or the image names; none where they are left to octohost. */
  readonly tags: readonly string[];
}

/** What a release says of its check. What the site says nothing about is left out: `checkOf` knows. */
export function chooseCheck(settings: Settings, facts: CheckFacts): CheckOptions {
  // Where nothing is routed, OCTO_PORT says what is asked.
  const unrouted = facts.httpPort === undefined ? settingValue(settings, 'OCTO_PORT') : undefined;
  return {
    ...given('kind', wantedKind(settings, facts)),
    ...given('port', settingValue(settings, 'OCTO_CHECK_PORT') ?? unrouted),
    ...given('path', settingValue(settings, 'OCTO_CHECK_PATH')),
    ...given('status', settingValue(settings, 'OCTO_CHECK_STATUS')),
    ...given('body', settingValue(settings, 'OCTO_CHECK_BODY')),
    ...given('command', settingValue(settings, 'OCTO_CHECK_COMMAND')),
    ...given('intervalSeconds', settingValue(settings, 'OCTO_CHECK_INTERVAL')),
    ...given('retries', settingValue(settings, 'OCTO_CHECK_RETRIES')),
    timeoutSeconds: settingValue(settings, 'OCTO_CHECK_TIMEOUT'),
  };
}

/** The setting that decides what is asked: where a site says how, it need not say what. */
export function decisiveSetting(settings: Settings): OptionName | undefined {
  return (['OCTO_CHECK', 'OCTO_CHECK_COMMAND', ...httpSettings] as const).find((name) =>
    isSet(settings, name),
  );
}

const httpSettings = ['OCTO_CHECK_PATH', 'OCTO_CHECK_STATUS', 'OCTO_CHECK_BODY'] as const;

function wantedKind(settings: Settings, { httpPort, tags, ports }: CheckFacts): CheckKind | undefined {
  const decisive = decisiveSetting(settings);
  if (decisive === 'OCTO_CHECK') return settingValue(settings, decisive);
  if (decisive) return decisive === 'OCTO_CHECK_COMMAND' ? 'command' : 'http';
  const speaksHttp = httpPort === undefined && tags.some((tag) => tag.includes('http'));
  return speaksHttp && tcpPorts(ports).length > 0 ? 'http' : undefined;
}

/** What is wrong with the settings together, in sentences. */
export function checkProblems(settings: Settings): string[] {
  const hasCommand = isSet(settings, 'OCTO_CHECK_COMMAND');
  const asksForHttp = httpSettings.some((name) => isSet(settings, name));
  if (decisiveSetting(settings) === 'OCTO_CHECK_COMMAND' && asksForHttp)
    return ['OCTO_CHECK_COMMAND and a check by HTTP are both set; say which one counts with OCTO_CHECK.'];
  return settingValue(settings, 'OCTO_CHECK') === 'command' && !hasCommand
    ? ['OCTO_CHECK is command, and OCTO_CHECK_COMMAND is not set.']
    : [];
}

function isSet(settings: Settings, name: OptionName): boolean {
  return (settings as Readonly<Record<string, string>>)[name] !== undefined;
}

/** What is wrong with a check together with the ports that there are; undefined where it can be asked. */
export function portProblem(options: CheckOptions, run: CheckedRun): string | undefined {
  const { kind } = options;
  return (kind === 'http' || kind === 'tcp') && checkOf(options, run).kind === 'up'
    ? `The check is ${kind}, and there is no TCP port to ask; say which with OCTO_CHECK_PORT.`
    : undefined;
}

/** Without a wish: HTTP where the site is routed, else a connection where it exposes a TCP port, else staying up. */
export function kindOf({ kind, port }: CheckOptions, { httpPort, ports }: CheckedRun): CheckKind {
  if (kind !== undefined) return kind;
  if (httpPort !== undefined) return 'http';
  return port !== undefined || tcpPorts(ports).length > 0 ? 'tcp' : 'up';
}

/**
 * The check of a release, whole. Of several TCP ports one is enough: images expose ports that nobody listens at until a
 * feature is turned on (33060 of MySQL, 5671 of RabbitMQ, 20 of an FTP server). OCTO_CHECK_PORT names the one that counts.
 */
export function checkOf(options: CheckOptions, run: CheckedRun): Check {
  const { path = '/', status, body, command = [] } = options;
  const tcp = tcpPorts(run.ports);
  const port = options.port ?? run.httpPort ?? tcp[0];
  const kind = kindOf(options, run);
  if (kind === 'healthcheck') return { kind };
  if (kind === 'command') return { kind, command };
  if (kind === 'up' || port === undefined) return { kind: 'up', mayEnd: run.httpPort === undefined };
  if (kind === 'http') return { kind, port, path, ...given('status', status), ...given('body', body) };
  return { kind, ports: options.port === undefined ? tcp : [options.port] };
}

/** Whether an instance that has ended with 0 is complete, and its end no failure. */
export function mayEnd(options: CheckOptions, run: CheckedRun): boolean {
  const check = checkOf(options, run);
  return check.kind === 'up' && check.mayEnd;
}

function tcpPorts(ports: readonly Port[]): number[] {
  return ports.filter(({ protocol }) => protocol === 'tcp').map(({ port }) => port);
}

function given<Name extends string, Value>(name: Name, value: Value | undefined) {
  return (value === undefined ? {} : { [name]: value }) as { readonly [Each in Name]?: Value };
}
