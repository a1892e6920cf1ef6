/** The words behind LINK_SERVICE, MOUNT_FROM_HOST and PORTS_FROM_HOST. More words than it takes are left alone. Pure. */
import { isIP } from 'node:net';
import { posix } from 'node:path';
import { type HostPort, isSiteName, type Link, type Mount } from '../../core/index.ts';

/** One comment: `# NAME word word …`. */
export interface Words {
  /** In upper case. */
  readonly name: string;
  readonly words: readonly string[];
  /** Counted from 1. */
  readonly line: number;
}

export interface Mistake {
  readonly line: number;
  readonly words: string;
}

/** What a comment says; nothing where something of it is a mistake. */
export interface Reading<Value> {
  readonly read: readonly Value[];
  readonly mistakes: readonly Mistake[];
}

const highestPort = 65_535;
/** A range that names more is a slip of the pen; each one is bound on its own. */
const widestRange = 100;

/** `svc [container]` */
export function readLink(comment: Words): Reading<Link> {
  const [alias, container] = comment.words;
  if (alias === undefined) return wrong(comment, ['names no service']);
  const problems = [
    ...(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(alias) ? [] : [`${shown(alias)} is no name of a service`]),
    ...(isSiteName(container ?? `x_${alias}`)
      ? []
      : [
          `${shown(container ?? alias)} ${container === undefined ? 'is no part of' : 'is not'} a site's name`,
        ]),
  ];
  if (problems.length > 0) return wrong(comment, problems);
  return right({ alias, ...(container === undefined ? {} : { container }), line: comment.line });
}

/** `host [container[:ro]]` */
export function readMount(comment: Words): Reading<Mount> {
  const [source, given = source] = comment.words;
  if (source === undefined || given === undefined) return wrong(comment, ['names no path']);
  const [, target = given, mode] = /^(.*):(ro|rw)$/.exec(given) ?? [];
  const problems = [...new Set([...pathProblems(source), ...pathProblems(target)])];
  if (posix.normalize(target) === '/') problems.push('nothing can be mounted over the root of a container');
  if (problems.length > 0) return wrong(comment, problems);
  const readOnly = mode === 'ro' ? { readOnly: true } : {};
  return right({ source: plain(source), target: plain(target), ...readOnly, line: comment.line });
}

/** `host container[/protocol] [address]`; ranges of the same length on both sides. */
export function readPorts(comment: Words): Reading<HostPort> {
  const [host, container, address = '0.0.0.0'] = comment.words;
  if (host === undefined || container === undefined)
    return wrong(comment, ['takes a port of the host and a port of the container']);
  const [, numbers = container, named = 'tcp'] = /^(.*)\/(tcp|udp)$/i.exec(container) ?? [];
  const [from, to] = [portRange(host), portRange(numbers)];
  const problems = [
    ...(from ? [] : [`${shown(host)} is not a port`]),
    ...(to ? [] : [`${shown(container)} is not a port`]),
    ...(isIP(address) === 0 ? [`${shown(address)} is not an IP address`] : []),
  ];
  if (from && to && from.length !== to.length)
    problems.push(`${host} and ${container} do not have the same length`);
  if (!from || !to || problems.length > 0) return wrong(comment, problems);
  const protocol = named.toLowerCase() === 'udp' ? 'udp' : 'tcp';
  const read = from.map((hostPort, index) => ({
    hostPort,
    port: to[index] as number,
    protocol,
    hostAddress: address,
    line: comment.line,
  }));
  return { read: read as HostPort[], mistakes: [] };
}

function pathProblems(path: string): string[] {
  if (!posix.isAbsolute(path)) return [`${shown(path)} is not an absolute path`];
  if (path.split('/').includes('..')) return [`${shown(path)} goes up with ..`];
  return /[:\0]/.test(path) ? [`${shown(path)} has a character that no mount can have`] : [];
}

/** Without `//`, `/./` and a `/` at the end. */
function plain(path: string): string {
  return posix.resolve('/', path);
}

/** `80` or `8000-8003`; undefined where it is neither. */
function portRange(text: string): number[] | undefined {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === undefined || from < 1 || to > highestPort || to < from || to - from >= widestRange)
    return undefined;
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function right<Value>(value: Value): Reading<Value> {
  return { read: [value], mistakes: [] };
}

function wrong({ name, line }: Words, problems: readonly string[]): Reading<never> {
  return { read: [], mistakes: [{ line, words: `# ${name}: ${problems.join('; ')}` }] };
}

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
