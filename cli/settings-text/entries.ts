/** What every text of settings is read into, and the checks that all of them share. Pure. */
import {
  checkSetting,
  isOctohostError,
  parseSettingKey,
  parseSettingValue,
  type SettingKey,
} from '../../core/index.ts';

/** One setting as it stands in a text. */
export interface Entry {
  /** The first is 1. */
  readonly line: number;
  readonly key: string;
  readonly value: string;
  /** True: the text says that it is. */
  readonly secret?: boolean;
}

/** What is wrong with a text; it never repeats a value. */
export interface Mistake {
  readonly line: number;
  readonly problem: string;
}

export interface Entries {
  readonly entries: readonly Entry[];
  readonly mistakes: readonly Mistake[];
}

export interface ReadSettings {
  readonly settings: Readonly<Record<SettingKey, string>>;
  /** Names of those that the text says are secret. */
  readonly secrets: readonly SettingKey[];
  /** By line; where there is one, the settings are not whole. */
  readonly mistakes: readonly Mistake[];
}

/** Settings that config:set would take. One that stands twice is a mistake: which of them counts, nobody knows. */
export function checkEntries({ entries, mistakes }: Entries): ReadSettings {
  const lines = new Map<string, number>();
  const found = entries.flatMap(({ line, key, value }): Mistake[] => {
    const before = lines.get(key);
    lines.set(key, line);
    const problem = before === undefined ? problemOf(key, value) : `${key} stands in line ${before} already.`;
    return problem === undefined ? [] : [{ line, problem }];
  });
  return {
    settings: Object.fromEntries(entries.map(({ key, value }) => [key, value])) as Record<SettingKey, string>,
    secrets: entries.filter(({ secret }) => secret).map(({ key }) => key as SettingKey),
    mistakes: [...mistakes, ...found].toSorted((a, b) => a.line - b.line),
  };
}

/** Why config:set would not take this setting. */
export function problemOf(key: string, value: string): string | undefined {
  return problemIn(() => {
    parseSettingValue(parseSettingKey(key), value);
    checkSetting(key, value);
  });
}

/** The message of the expected error that this throws, if it does. */
export function problemIn(work: () => void): string | undefined {
  try {
    work();
  } catch (error) {
    if (!isOctohostError(error)) throw error;
    return error.message;
  }
  return undefined;
}
