/** Who is connected, as the system's table of TCP connections shows it to every user. */
import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import type { Upstream } from '../../core/index.ts';

/** Begun, established, or closed by the instance alone: an answer may still be on its way. */
const open = new Set(['01', '02', '08']);
const tables = ['/proc/net/tcp', '/proc/net/tcp6'];

/** Whether anybody on this host has an open connection to one of these: a request is on its way there. */
export async function hasConnections(addresses: readonly Upstream[]): Promise<boolean> {
  const wanted = new Set(addresses.map(inTable));
  return (await connections()).some(({ remote }) => wanted.has(remote));
}

/** Whether anybody is connected to one of these ports of this host. */
export async function hasClients(ports: readonly number[]): Promise<boolean> {
  const wanted = new Set(ports.map(hex(4)));
  return (await connections()).some(({ local }) => wanted.has(local.split(':')[1] ?? ''));
}

interface Connection {
  readonly local: string;
  readonly remote: string;
}

async function connections(): Promise<Connection[]> {
  const texts = await Promise.all(tables.map((file) => readFile(file, 'utf8').catch(() => '')));
  return texts.flatMap(openIn);
}

/** Pure. @param text of /proc/net/tcp or tcp6 */
export function openIn(text: string): Connection[] {
  return text.split('\n').flatMap((line) => {
    const [, local = '', remote = '', state = ''] = line.trim().split(/\s+/, 4);
    return open.has(state) ? [{ local, remote }] : [];
  });
}

/** `0100007F:4E21` for 127.0.0.1:20001: each four bytes in the order of the machine, which is little-endian. Pure. */
export function inTable({ address, port }: Upstream): string {
  const bytes = isIPv4(address) ? address.split('.').map(Number) : bytesOfIPv6(address);
  const words = Array.from({ length: bytes.length / 4 }, (_, word) =>
    bytes.slice(word * 4, word * 4 + 4).toReversed(),
  );
  return `${words.flat().map(hex(2)).join('')}:${hex(4)(port)}`;
}

function bytesOfIPv6(address: string): number[] {
  const host = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [front = [], back] = host.split('::').map((half) => half.split(':').filter(Boolean));
  const missing = Array.from({ length: back ? 8 - front.length - back.length : 0 }, () => '0');
  return [...front, ...missing, ...(back ?? [])].flatMap((word) => {
    const number = Number.parseInt(word, 16);
    return [number >> 8, number & 255];
  });
}

function hex(digits: number): (value: number) => string {
  return (value) => value.toString(16).toUpperCase().padStart(digits, '0');
}
