/** The kinds of value that an option can have: how its text is read, and what may stand for it in a site file. Pure. */
import * as z from 'zod/mini';
import { messageOf } from './errors.ts';

/** What a setting's text means, or what is wrong with it: `The value of KEY <problem>.` */
export type Parse<Value> = (text: string) => Value | Problem;

export interface Problem {
  readonly problem: string;
}

export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'problem' in value;
}

/** One kind of value. */
export interface Kind<Value = unknown, InFile = unknown> {
  readonly parse: Parse<Value>;
  /** What a site file may say; as a text, `parse` reads it. */
  readonly inFile: z.ZodMiniType<InFile, InFile>;
  /** The text for people; undefined where it is nobody's to see. */
  readonly show: (text: string) => string | undefined;
}

/** A value of a site file as a setting has it: lists with commas. */
export function asText(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value);
}

/** A kind whose values in a file must be what `parse` takes, in the same words. */
export function kind<Value, InFile>(
  parse: Parse<Value>,
  inFile: z.ZodMiniType<InFile, InFile>,
  show: (value: Value) => string | undefined = String,
): Kind<Value, InFile> {
  const problemOf = (value: unknown) => {
    const parsed = parse(asText(value));
    return isProblem(parsed) ? parsed.problem : undefined;
  };
  const checked = z.refine<InFile>((value) => problemOf(value) === undefined, {
    error: ({ input }) => problemOf(input) ?? '',
  });
  return { parse, inFile: inFile.check(checked), show: (given) => show(parse(given) as Value) };
}

export function wholeNumber(least: number, most: number, unit = ''): Kind<number, number> {
  const problem = `is not a whole number from ${least} to ${most}`;
  const parse: Parse<number> = (value) =>
    /^\d{1,9}$/.test(value.trim()) && Number(value) >= least && Number(value) <= most
      ? Number(value)
      : { problem };
  const inFile = z.int(problem).check(z.gte(least, problem), z.lte(most, problem));
  return kind(parse, inFile, (value) => `${value}${unit}`);
}

export function seconds(least: number, most: number): Kind<number, number> {
  return wholeNumber(least, most, ' s');
}

const units = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 } as const;
/** Without flags: a JSON Schema has none. */
const size = /^(\d{1,12}(?:\.\d{1,6})?) ?([kmgKMG]?)[iI]?[bB]?$/;

/** A number of bytes, with or without a unit; undefined where it is none. */
function bytesIn(value: string): number | undefined {
  const [, amount, unit] = size.exec(value.trim()) ?? [];
  if (amount === undefined) return undefined;
  return Math.floor(Number(amount) * units[(unit ?? '').toLowerCase() as keyof typeof units]);
}

const amount = (parse: Parse<number>, problem: string) =>
  kind(
    parse,
    z.union([z.int().check(z.gte(0)), z.string().check(z.regex(size))], problem),
    (value) => `${value} bytes`,
  );

const noMemory = 'is not an amount of memory such as 256m or 1g';
export const memory = amount((value) => {
  const found = bytesIn(value);
  if (found === undefined) return { problem: noMemory };
  return found >= 6 * 1024 ** 2 ? found : { problem: "is below the engine's least, 6m" };
}, noMemory);

const noCpus = 'is not a number of processors from 0.05 to 256, such as 0.5 or 2';
export const cpus = kind(
  (value): number | Problem => {
    const given = /^\d{1,3}(?:\.\d{1,3})?$/.test(value.trim()) ? Number(value) : 0;
    return given >= 0.05 && given <= 256 ? given : { problem: noCpus };
  },
  z.union([z.number(), z.string().check(z.regex(/^\d{1,3}(?:\.\d{1,3})?$/))], noCpus),
);

const noBody = 'is not a size such as 50m or 2g; 0 is any';
export const bodySize = amount((value) => {
  const found = bytesIn(value);
  return found !== undefined && found <= 1024 ** 4 ? found : { problem: noBody };
}, noBody);

export const flag = kind(
  (value): boolean => !['', '0', 'false', 'no', 'off'].includes(value.trim().toLowerCase()),
  z.boolean('is neither true nor false'),
  (value) => (value ? 'on' : 'off'),
);

const noText = 'is not a text';

export const text = kind((value): string => value, z.string(noText));

/** Catalogs elsewhere keep no longer values beside a service. */
const longestUrl = 500;

/** An address to be asked by HTTP; empty counts as not set. Not shown: what is asked for in it may be a secret. */
export const url = kind(
  (value): string | undefined | Problem => {
    const given = value.trim();
    const parsed = URL.parse(given);
    if (given === '') return undefined;
    if (!parsed || !/^https?:$/.test(parsed.protocol) || /[\s\p{Cc}]/u.test(given))
      return { problem: 'is not a URL that begins with http:// or https://' };
    if (parsed.username !== '' || parsed.password !== '')
      return { problem: 'has a user name or password, which everybody would see who reads the catalog' };
    return given.length > longestUrl ? { problem: `is longer than ${longestUrl} characters` } : given;
  },
  z.string(noText),
  () => undefined,
);

/** Empty counts as not set. */
export const interval = kind(
  (value): string | undefined | Problem =>
    /^(?:[1-9]\d{0,4}[smh])?$/.test(value.trim())
      ? value.trim() || undefined
      : { problem: 'is not an interval such as 15s, 1m or 1h' },
  z.string(noText),
  (value) => value ?? 'none',
);

/** Words separated by commas or blanks; a list in a file. */
export const words = kind(
  (value): string => value,
  z.array(z.string(noText).check(z.regex(/^[^\s,]+$/, 'has a comma or a blank in a word')), 'is not a list'),
);

/** What the parser throws is what is wrong. */
export const readBy = (parse: (value: string) => unknown) =>
  kind((value): string | Problem => {
    try {
      parse(value);
    } catch (error) {
      // It becomes a part of a sentence.
      return { problem: `cannot be used: ${messageOf(error).replace(/\.$/, '')}` };
    }
    return value;
  }, z.string(noText));

export const templateName = kind(
  (value): string | Problem =>
    value === '' || /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9])?$/.test(value)
      ? value
      : {
          problem:
            "is not the name of a template: letters, digits, - and _; a template is a file in the operator's own folder",
        },
  z.string(noText),
);

/** A value that is never shown. One that is set and empty is none: so one half after the other can be taken away. */
export const secret = <Value>(parse: Parse<Value>) =>
  kind(
    (value): Value | undefined | Problem => (value.trim() === '' ? undefined : parse(value)),
    z.string(noText),
    () => undefined,
  );
