/** The ways to write a site's settings on the command line: `site/KEY value` and `site KEY=value …`. Pure. */
import {
  checkSetting,
  isSettingKey,
  parseSettingKey,
  parseSettingValue,
  parseSiteName,
  type SettingKey,
  type SiteName,
} from '../core/index.ts';
import { errors } from './errors.ts';

export interface SettingNames {
  readonly site: SiteName;
  readonly keys: readonly SettingKey[];
}

export interface SettingValues {
  readonly site: SiteName;
  readonly values: Readonly<Record<SettingKey, string>>;
}

/** `site/KEY` or `site KEY …`. */
export function settingNames(target: string, words: readonly string[]): SettingNames {
  const [site, key] = split(target);
  const names = key === undefined ? words : [key, ...words];
  if (names.length === 0)
    throw errors.E_ARGUMENTS({ problem: `Which setting of ${site}?`, usage: nameUsage });
  return { site: parseSiteName(site), keys: [...new Set(names.map(parseSettingKey))] };
}

const nameUsage = 'Write <site>/<KEY>, or <site> <KEY>.';
const valueUsage = 'Write octo config:set <site>/<KEY> <value>, or octo config:set <site> KEY=value …';

/**
 * `site/KEY value`, or `site KEY=value …`. A value `-` is what comes in on stdin.
 * @throws E_ARGUMENTS, E_SITE_NAME, E_SETTING_KEY
 */
export function settingValues(target: string, words: readonly string[]): SettingValues {
  const [site, key] = split(target);
  const pairs = key === undefined ? words.map(pair) : [[key, only(words, key)] as const];
  if (pairs.length === 0)
    throw errors.E_ARGUMENTS({ problem: `Nothing to set for ${site}.`, usage: valueUsage });
  const fromStdin = pairs.filter(([, value]) => value === '-').length;
  if (fromStdin > 1)
    throw errors.E_ARGUMENTS({
      problem: 'Only one value can come from stdin.',
      usage: 'Set them one by one.',
    });
  const values = pairs.map(([name, value]) => [parseSettingKey(name), value] as const);
  return { site: parseSiteName(site), values: Object.fromEntries(values) as Record<SettingKey, string> };
}

/**
 * `site/KEY` or `site KEY`, whose value comes on stdin; a `-` after it says the same. No word is repeated: one of them
 * may be the value.
 * @throws E_SECRET_WORDS, E_SITE_NAME
 */
export function secretName(target: string, words: readonly string[]): { site: SiteName; key: SettingKey } {
  const [site, key] = split(target);
  const [name = '', ...more] = key === undefined ? words : [key, ...words];
  const onlyStdin = more.length === 0 || (more.length === 1 && more[0] === '-');
  if (!onlyStdin || !isSettingKey(name)) throw errors.E_SECRET_WORDS({ site });
  return { site: parseSiteName(site), key: name };
}

/** Refuses values that could not be used later. @throws E_SETTING_VALUE, E_SETTING_UNKNOWN */
export function checkSettings(values: Readonly<Record<SettingKey, string>>): void {
  for (const [key, value] of Object.entries(values) as [SettingKey, string][]) {
    parseSettingValue(key, value);
    checkSetting(key, value);
  }
}

function split(target: string): [site: string, key: string | undefined] {
  const slash = target.indexOf('/');
  return slash === -1 ? [target, undefined] : [target.slice(0, slash), target.slice(slash + 1)];
}

function pair(word: string): readonly [key: string, value: string] {
  const equals = word.indexOf('=');
  // The word may be a value that was meant to be secret: it is not repeated.
  if (equals === -1)
    throw errors.E_ARGUMENTS({ problem: 'A setting is written KEY=value.', usage: valueUsage });
  return [word.slice(0, equals), word.slice(equals + 1)];
}

function only(words: readonly string[], key: string): string {
  const [value, ...more] = words;
  if (value === undefined)
    throw errors.E_ARGUMENTS({ problem: `The value of ${key} is missing.`, usage: valueUsage });
  if (more.length > 0)
    throw errors.E_ARGUMENTS({ problem: `${key} got more than one value: quote it.`, usage: valueUsage });
  return value;
}
