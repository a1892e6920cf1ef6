/** Which check a new instance has to pass: from settings, tags and ports. Pure. */
import type { CheckKind, CheckOptions, Port, RunOptions, Settings, StatusRange } from '../release.ts';
import { oneOf, type Parse, wholeNumber } from '../setting-values.ts';

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

export const checkKinds = ['http', 'tcp', 'up', 'healthcheck', 'command'] as const satisfies CheckKind[];

const maxTextLength = 4096;

const requestPath: Parse<string> = (value) =>
  /^\/[\x21-\x7e]*$/.test(value) && value.length <= maxTextLength && !value.includes('#')
    ? value
    : { problem: 'is not the path of a request, such as /up or /health?full=1' };

const someText: Parse<string> = (value) =>
  value !== '' && value.length <= maxTextLength
    ? value
    : { problem: `is not a text of 1 to ${maxTextLength} characters` };

/** `200`, `200-399`, `200,204 301-308`. */
const statusRanges: Parse<readonly StatusRange[]> = (value) => {
  const words = value.split(/[\s,]+/).filter((word) => word !== '');
  const ranges = words.map((word) => {
    const [, from, to = from] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(word) ?? [];
    return { from: Number(from), to: Number(to) };
  });
  return ranges.length > 0 && ranges.every(({ from, to }) => from <= to)
    ? ranges
    : { problem: 'is not a list of HTTP statuses such as 200, 200-399 or 200,204' };
};

/**
 * As in a Dockerfile: a JSON list is run as these words, anything else is a text for the shell of the container. Either
 * way it is the container's own business: no shell of the host has a part in it.
 */
const containerCommand: Parse<readonly string[]> = (value) => {
  const given = someText(value);
  if (typeof given !== 'string') return given;
  return wordsOf(given) ?? ['sh', '-c', given];
};

/** Undefined for what is no list of words: `[ -f /ready ]` is a text for a shell. */
function wordsOf(text: string): readonly string[] | undefined {
  if (!text.trimStart().startsWith('[')) return undefined;
  try {
    const words: unknown = JSON.parse(text);
    return Array.isArray(words) && words.length > 0 && words.every(isWord) ? words : undefined;
  } catch {
    return undefined;
  }
}

const isWord = (word: unknown): word is string => typeof word === 'string';

export const checkSettings = {
  OCTO_CHECK: oneOf(...checkKinds),
  OCTO_CHECK_PORT: wholeNumber(1, 65_535),
  OCTO_CHECK_PATH: requestPath,
  OCTO_CHECK_STATUS: statusRanges,
  OCTO_CHECK_BODY: someText,
  OCTO_CHECK_COMMAND: containerCommand,
  OCTO_CHECK_INTERVAL: wholeNumber(1, 300),
  OCTO_CHECK_RETRIES: wholeNumber(0, 1000),
  OCTO_CHECK_TIMEOUT: wholeNumber(1, 3600),
} as const;

export type CheckValues = {
  readonly [Name in keyof typeof checkSettings]?: Exclude<
    ReturnType<(typeof checkSettings)[Name]>,
    { readonly problem: string }
  >;
};

/** The settings that say something of the check; what cannot be used is named elsewhere. */
export function readCheck(settings: Settings): CheckValues {
  const values = settings as Readonly<Record<string, string>>;
  const found = Object.entries(checkSettings).flatMap(([name, parse]) => {
    const value = values[name];
    const parsed = value === undefined ? undefined : parse(value);
    const isUsable = parsed !== undefined && !(typeof parsed === 'object' && 'problem' in parsed);
    return isUsable ? [[name, parsed] as const] : [];
  });
  return Object.fromEntries(found) as CheckValues;
}

/** What a check depends on of how the instances are run. */
export type CheckedRun = Pick<RunOptions, 'ports' | 'httpPort'>;

/** What of a site the choice depends on. */
export interface CheckFacts {
  readonly httpPort: number | undefined;
  readonly ports: readonly Port[];
  /** OCTO_PORT: the one that is asked where nothing is routed. */
  readonly port: number | undefined;
  /** Tags that the setting or the image names; none where they are left to octohost. */
  readonly tags: readonly string[];
}

/** Seconds until an instance that has not proven itself is given up, where the site does not say. */
export const defaultCheckSeconds = 60;

/** What a release says of its check. What the site says nothing about is left out: `checkOf` knows. */
export function chooseCheck(values: CheckValues, facts: CheckFacts): CheckOptions {
  const kind = values.OCTO_CHECK ?? impliedKind(values, facts);
  const port = values.OCTO_CHECK_PORT ?? (facts.httpPort === undefined ? facts.port : undefined);
  return {
    ...given('kind', kind),
    ...given('port', port),
    ...given('path', values.OCTO_CHECK_PATH),
    ...given('status', values.OCTO_CHECK_STATUS),
    ...given('body', values.OCTO_CHECK_BODY),
    ...given('command', values.OCTO_CHECK_COMMAND),
    ...given('intervalSeconds', values.OCTO_CHECK_INTERVAL),
    ...given('retries', values.OCTO_CHECK_RETRIES),
    timeoutSeconds: values.OCTO_CHECK_TIMEOUT ?? defaultCheckSeconds,
  };
}

/** What is wrong with the settings together, in sentences. */
export function checkProblems(values: CheckValues): string[] {
  const { OCTO_CHECK: kind, OCTO_CHECK_COMMAND: command } = values;
  return [
    ...(kind === undefined && command !== undefined && asksForHttp(values)
      ? ['OCTO_CHECK_COMMAND and a check by HTTP are both set; say which one counts with OCTO_CHECK.']
      : []),
    ...(kind === 'command' && command === undefined
      ? ['OCTO_CHECK is command, and OCTO_CHECK_COMMAND is not set.']
      : []),
  ];
}

/** What is wrong with a check together with the ports that there are; undefined where it can be asked. */
export function portProblem(options: CheckOptions, run: CheckedRun): string | undefined {
  const { kind } = options;
  return (kind === 'http' || kind === 'tcp') && checkOf(options, run).kind === 'up'
    ? `The check is ${kind}, and there is no TCP port to ask; say which with OCTO_CHECK_PORT.`
    : undefined;
}

/** Where a site says how, it need not say what. */
function impliedKind(values: CheckValues, { httpPort, tags, ports }: CheckFacts): CheckKind | undefined {
  if (values.OCTO_CHECK_COMMAND !== undefined) return 'command';
  if (asksForHttp(values)) return 'http';
  const speaksHttp = httpPort === undefined && tags.some((tag) => tag.includes('http'));
  return speaksHttp && tcpPorts(ports).length > 0 ? 'http' : undefined;
}

function asksForHttp(values: CheckValues): boolean {
  const { OCTO_CHECK_PATH: path, OCTO_CHECK_STATUS: status, OCTO_CHECK_BODY: body } = values;
  return path !== undefined || status !== undefined || body !== undefined;
}

/** Without a wish: HTTP where the site is routed, else a connection where it exposes a TCP port, else staying up. */
export function checkKind({ kind, port }: CheckOptions, { httpPort, ports }: CheckedRun): CheckKind {
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
  const kind = checkKind(options, run);
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
