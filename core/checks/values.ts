/** The kinds of value that the options of a check have. Pure. */
import * as z from 'zod/mini';
import { commandWords } from '../command-words.ts';
import type { CheckKind, StatusRange } from '../release.ts';
import { kind, type Parse } from '../setting-values.ts';

export const checkKinds = ['http', 'tcp', 'up', 'healthcheck', 'command'] as const satisfies CheckKind[];

const noKind = `is none of ${checkKinds.join(', ')}`;
export const checkKind = kind(
  (value) => checkKinds.find((one) => one === value.trim().toLowerCase()) ?? { problem: noKind },
  z.enum(checkKinds, noKind),
);

const maxLength = 4096;
const noText = `is not a text of 1 to ${maxLength} characters`;
const shortText: Parse<string> = (value) =>
  value !== '' && value.length <= maxLength ? value : { problem: noText };
export const someText = kind(shortText, z.string(noText));

const noPath = 'is not the path of a request, such as /up or /health?full=1';
export const requestPath = kind(
  (value): ReturnType<Parse<string>> =>
    /^\/[\x21-\x22\x24-\x7e]*$/.test(value) && value.length <= maxLength ? value : { problem: noPath },
  z.string(noPath),
);

const noStatus = 'is not a list of HTTP statuses such as 200, 200-399 or 200,204';
/** In a file also one number, or a list. */
export const statuses = kind(
  readStatuses,
  z.union([z.int(), z.string(), z.array(z.union([z.int(), z.string()]))], noStatus),
  (ranges) => ranges.map(showStatus).join(', '),
);

function readStatuses(value: string): ReturnType<Parse<readonly StatusRange[]>> {
  const words = value.split(/[\s,]+/).filter((word) => word !== '');
  const ranges = words.map((word) => {
    const [, from, to = from] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(word) ?? [];
    return { from: Number(from), to: Number(to) };
  });
  return ranges.length > 0 && ranges.every(({ from, to }) => from <= to) ? ranges : { problem: noStatus };
}

export function showStatus({ from, to }: StatusRange): string {
  return from === to ? String(from) : `${from}-${to}`;
}

/** See `commandWords`. */
export const containerCommand = kind(
  (value): ReturnType<Parse<readonly string[]>> => {
    const read = shortText(value);
    return typeof read === 'string' ? commandWords(read) : read;
  },
  z.string(noText),
  (words) => JSON.stringify(words),
);
