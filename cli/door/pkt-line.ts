/** git's lines with their length in front (gitprotocol-common(5)), as git and its proc-receive hook speak. Pure. */
import { errors } from './errors.ts';

/** Ends a group of lines. */
export const flush = '0000';

/** A line of its own, without a newline at its end. */
export function pktLine(text: string): string {
  const length = Buffer.byteLength(text) + 5;
  return `${length.toString(16).padStart(4, '0')}${text}\n`;
}

/** Splits what came into groups of lines, and gives back what is left of the last one. */
export function readGroups(bytes: Buffer): { groups: string[][]; rest: Buffer } {
  const groups: string[][] = [];
  let lines: string[] = [];
  let [at, end] = [0, 0];
  while (at + 4 <= bytes.length) {
    const length = Number.parseInt(bytes.toString('latin1', at, at + 4), 16);
    if (!(length === 0 || length >= 4))
      throw errors.E_GIT({ what: 'be understood', cause: 'a line has no length' });
    if (at + length > bytes.length) break;
    if (length === 0) {
      groups.push(lines);
      lines = [];
    } else lines.push(bytes.toString('utf8', at + 4, at + length).replace(/\n$/, ''));
    at += length || 4;
    if (length === 0) end = at;
  }
  return { groups, rest: bytes.subarray(end) };
}
