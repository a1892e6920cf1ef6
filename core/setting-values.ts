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

export const text: Parse<string> = (value) => value;

export const oneOf =
  <Word extends string>(...words: readonly Word[]): Parse<Word> =>
  (value) =>
    words.find((word) => word === value.trim().toLowerCase()) ?? {
      problem: `is none of ${words.join(', ')}`,
    };
