/** Lines and durations as people read them. Pure. */
import { stripVTControlCharacters } from 'node:util';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
const controlCharacters = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/**
 * One line that cannot play tricks on a terminal: of a line that redraws itself the last state, no escape sequences,
 * no other control characters than tabs.
 */
export function cleanLine(line: string): string {
  const drawn = line.replace(/\r+$/, '').split('\r').at(-1) ?? '';
  return stripVTControlCharacters(drawn).replaceAll(controlCharacters, '').trimEnd();
}

/** `8 ms`, `1.4 s`, `35 s`, `2 min 5 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 100) return `${Math.max(0, Math.round(milliseconds))} ms`;
  if (milliseconds < 9_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** `2026-03-01 12:30:05` in UTC, of an ISO 8601 time. */
export function moment(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}
