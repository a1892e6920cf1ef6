/** How the values of settings are read. Pure. */

/** What a setting's text means, or what is wrong with it: `The value of KEY <problem>.` */
export type Parse<Value> = (text: string) => Value | { readonly problem: string };

export const wholeNumber =
  (least: number, most: number): Parse<number> =>
  (value) =>
    /^\d{1,9}$/.test(value.trim()) && Number(value) >= least && Number(value) <= most
      ? Number(value)
      : { problem: `is not a whole number from ${least} to ${most}` };

const units = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 } as const;

/** A number of bytes, with or without a unit; undefined where it is none. */
export function bytesIn(value: string): number | undefined {
  const [, amount, unit] = /^(\d{1,12}(?:\.\d{1,6})?) ?([kmg]?)i?b?$/i.exec(value.trim()) ?? [];
  if (amount === undefined) return undefined;
  return Math.floor(Number(amount) * units[(unit ?? '').toLowerCase() as keyof typeof units]);
}

export const bytes: Parse<number> = (value) => {
  const amount = bytesIn(value);
  if (amount === undefined) return { problem: 'is not an amount of memory such as 256m or 1g' };
  return amount >= 6 * 1024 ** 2 ? amount : { problem: "is below the engine's least, 6m" };
};

export const flag: Parse<boolean> = (value) =>
  !['', '0', 'false', 'no', 'off'].includes(value.trim().toLowerCase());

/** Catalogs elsewhere keep no longer values beside a service. */
const longestUrl = 500;

/** An address to be asked by HTTP, which whoever reads the catalog sees; empty counts as not set. */
export const url: Parse<string> = (value) => {
  const text = value.trim();
  const parsed = URL.parse(text);
  if (text === '') return text;
  if (!parsed || !/^https?:$/.test(parsed.protocol) || /[\s\p{Cc}]/u.test(text))
    return { problem: 'is not a URL that begins with http:// or https://' };
  if (parsed.username !== '' || parsed.password !== '')
    return { problem: 'has a user name or password, which everybody would see who reads the catalog' };
  return text.length > longestUrl ? { problem: `is longer than ${longestUrl} characters` } : text;
};

/** Empty counts as not set. */
export const interval: Parse<string> = (value) =>
  /^(?:[1-9]\d{0,4}[smh])?$/.test(value.trim())
    ? value.trim()
    : { problem: 'is not an interval such as 15s, 1m or 1h' };

export const text: Parse<string> = (value) => value;
