/** What the original did with a case, as a meaning. Pure. */
import { posix } from 'node:path';
import { exposedPorts } from '../../plugins/dockerfile-builder/exposed-ports.ts';
import type { Case, Meaning } from './case.ts';

const withValue = ['-e', '-h', '-v', '-p', '--name', '--volumes-from', '--link'];

interface Words {
  readonly options: readonly (readonly [option: string, value: string])[];
  /** Words that no option takes; the last one should be the image. */
  readonly loose: readonly string[];
}

export function theirMeaning(one: Case): Meaning {
  const { options } = wordsOf(one.docker_run_argv ?? []);
  const all = (name: string) => options.filter(([option]) => option === name).map(([, value]) => value);
  const environment = all('-e').map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), pair.slice(at + 1)] as const;
  });
  return {
    site: one.base,
    name: all('--name')[0] ?? '',
    hostname: all('-h')[0] ?? '',
    links: all('--link').toSorted(),
    'volumes from': all('--volumes-from'),
    mounts: all('-v').map(withPlainPaths).toSorted(),
    'host ports': all('-p').flatMap(eachPort).toSorted(),
    published:
      (one.docker_run_argv ?? []).includes('-P') && exposedPorts(one.dockerfile ?? '', {}).length > 0
        ? ['0.0.0.0']
        : [],
    memory: bytesOf(all('--memory')[0] ?? ''),
    environment: Object.fromEntries(environment),
    containers: one.containers_started,
    services: (one.service_payloads ?? []).map(serviceText),
    domains: (one.domains ?? '')
      .split(' ')
      .filter((domain) => domain !== '')
      .toSorted(),
  };
}

/** Words beside the image mean that the shell cut a value in pieces. */
export function looseWords(one: Case): number {
  return wordsOf(one.docker_run_argv ?? []).loose.length - 1;
}

function wordsOf(argv: readonly string[]): Words {
  const options: [string, string][] = [];
  const loose: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] as string;
    const [, name, value] = /^(--[a-z-]+)=(.*)$/s.exec(word) ?? [];
    if (name !== undefined && value !== undefined) options.push([name, value]);
    else if (withValue.includes(word)) options.push([word, argv[++at] ?? '']);
    else if (!word.startsWith('-')) loose.push(word);
  }
  return { options, loose };
}

/** Without `//` and a `/` at the end. */
function withPlainPaths(mount: string): string {
  return mount
    .split(':')
    .map((part) => (part.startsWith('/') ? posix.resolve(part) : part))
    .join(':');
}

/** A binding for each port of a range, all with their protocol. */
function eachPort(binding: string): string[] {
  const [, address, host, hostLast = host, port, protocol = 'tcp'] =
    /^(.*):(\d+)(?:-(\d+))?:(\d+)(?:-\d+)?(?:\/(\w+))?$/.exec(binding) ?? [];
  if (host === undefined) return [binding];
  return Array.from(
    { length: Number(hostLast) - Number(host) + 1 },
    (_, index) => `${address}:${Number(host) + index}:${Number(port) + index}/${protocol.toLowerCase()}`,
  );
}

/** In bytes; what is no amount stays as it is. */
function bytesOf(text: string): string {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?) ?([kmg]?)i?b?$/i.exec(text) ?? [];
  if (amount === undefined) return text;
  return String(Math.floor(Number(amount) * 1024 ** ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase())));
}

/** A payload that is no JSON is told as it is. */
function serviceText(payload: string): string {
  // Host ports are masked as <P1>, which is no JSON.
  const text = payload.replaceAll(/<P\d+>/g, '1');
  try {
    const { Name, Address, Port, Tags, check } = JSON.parse(text) as {
      Name: string;
      Address: string;
      Port: number;
      Tags: string[];
      check?: { http: string; interval: string };
    };
    const own = `http://${Address}:${Port}`;
    const checked = check
      ? ` check ${check.http === own ? 'itself' : check.http} every ${check.interval}`
      : '';
    return `${Name} tags ${Tags.join(' | ')}${checked}`;
  } catch {
    return `no JSON: ${payload}`;
  }
}
