/** What may stand in a site file and in the defaults of octohost.config.ts: the table of options, as schemas. Pure. */
import * as z from 'zod/mini';
import { maxDomains } from './domains.ts';
import { messageOf } from './errors.ts';
import { parseDomain, parseSettingKey, parseSettingValue } from './grammar.ts';
import { nearest } from './nearest.ts';
import { asText, type Kind } from './setting-values.ts';
import { pluginsJsonSchema, type SiteFileKeys } from './site-file-key.ts';
import { isOption, type Option, optionsOf, type Place, siteOptions } from './site-options.ts';

type Scalar = string | number | boolean;
type Nested<Key extends string, Value> = Key extends `${infer Group}.${infer Rest}`
  ? { [Name in Group]?: Nested<Rest, Value> }
  : { [Name in Key]?: Value };
type Row = (typeof siteOptions)[keyof typeof siteOptions];
type StandingIn<Where extends Place, One = Row> = One extends {
  readonly key: infer Key extends string;
  readonly places: readonly (infer Places)[];
  readonly kind: Kind<unknown, infer Value>;
}
  ? Where extends Places
    ? Nested<Key, Value>
    : never
  : never;
type All<Union> = (Union extends unknown ? (one: Union) => void : never) extends (all: infer Sum) => void
  ? Sum
  : never;

/** Options of all sites, with the keys of a site file. */
export type SiteDefaults = All<StandingIn<'defaults'>> & {
  environment?: Record<string, Scalar>;
};

/** Sentences for editors. */
export const descriptions = z.registry<{ description: string }>();

const groups: Readonly<Record<string, string>> = {
  check: 'When a new instance counts as working.',
  routing: 'How requests are led to the site.',
  service: 'What the catalog is told of the site.',
};

/** Each use of a schema has a sentence of its own, so it is told of the wrapper. */
const described = (schema: z.ZodMiniType, description: string) =>
  z.optional(schema).register(descriptions, { description });

const strictMap = (shape: Record<string, z.ZodMiniType>) => z.strictObject(shape, 'is not a map of options');

/** The text that `check` throws, if it does. */
function thrown(check: () => unknown): string | undefined {
  try {
    check();
  } catch (error) {
    return messageOf(error);
  }
  return undefined;
}

/** A refinement in the words of what refuses. */
function refused<Value>(problemOf: (value: Value) => string | undefined) {
  return z.refine<Value>((value) => problemOf(value) === undefined, {
    error: ({ input }) => problemOf(input as Value) ?? '',
  });
}

function nameProblem(name: string): string | undefined {
  const { key, places }: Partial<Option> = isOption(name) ? siteOptions[name] : {};
  if (places) return key ? `is octohost's own: write ${key}` : "is octohost's own, and stands in no file";
  if (name.startsWith('OCTO_')) return "begins with OCTO_, which is octohost's own";
  return thrown(() => parseSettingKey(name)) && 'is no name: letters, digits and _, a digit not first';
}

const environment = z.record(
  z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/), refused(nameProblem)),
  z
    .union(
      [z.string(), z.number(), z.boolean()],
      'is no text, number or boolean; quote what is meant as a text',
    )
    .check(
      refused((value) =>
        thrown(() => parseSettingValue(parseSettingKey('VALUE'), String(value))) === undefined
          ? undefined
          : 'is longer than 100000 bytes, or has a NUL',
      ),
    ),
  'is not a map of variables',
);

const domain = z
  .string('holds something that is no text')
  .check(
    refused((text) =>
      thrown(() => parseDomain(text))
        ? `holds ${JSON.stringify(text.slice(0, 80))}, which is no plain host name`
        : undefined,
    ),
  );

function optionShape(place: Place): Record<string, z.ZodMiniType> {
  const shape: Record<string, z.ZodMiniType> = {};
  const inner: Record<string, Record<string, z.ZodMiniType>> = {};
  for (const { key = '', kind, says } of optionsOf(place)) {
    const [first = '', second] = key.split('.');
    if (second === undefined) shape[first] = described(kind.inFile, says);
    else inner[first] = { ...inner[first], [second]: described(kind.inFile, says) };
  }
  for (const [name, members] of Object.entries(inner))
    shape[name] = described(strictMap(members), groups[name] ?? '');
  return { ...shape, environment: described(environment, 'Environment variables of the containers.') };
}

/** A site file, as JSON.parse or a YAML reader gives it. */
export const siteFileSchema = strictMap({
  $schema: described(z.string('is not a text'), 'Where an editor finds this schema.'),
  ...optionShape('file'),
  plugins: described(
    z.record(z.string(), z.unknown(), 'is not a map of plugins'),
    'What plugins of the installation are told, each under its name.',
  ),
  domains: described(
    z
      .array(domain, 'is not a list of domains')
      .check(z.maxLength(maxDomains, `holds more than ${maxDomains} domains`)),
    'Domains beside the default one and those of the CNAME file.',
  ),
});

/** The JSON Schema of site files; with keys, that of an installation with these plugins. */
export function siteFileJsonSchema(keys?: SiteFileKeys): object {
  const schema = z.toJSONSchema(siteFileSchema, { target: 'draft-07', io: 'input', metadata: descriptions });
  const titled = { title: 'octohost: the site file', ...schema };
  const { plugins } = titled.properties ?? {};
  if (!keys || typeof plugins !== 'object') return titled;
  const { description } = plugins;
  return {
    ...titled,
    properties: { ...titled.properties, plugins: { description, ...pluginsJsonSchema(keys) } },
  };
}

export const defaultsSchema = strictMap(optionShape('defaults'));

/** What is wrong, and where. */
export interface SchemaProblem {
  readonly path: readonly (string | number)[];
  readonly words: string;
}

/** A schema's issues in words, one for each key that is wrong. */
export function schemaProblems(place: Place, issues: readonly z.core.$ZodIssue[]): SchemaProblem[] {
  return issues.flatMap((issue): SchemaProblem[] => {
    const path = issue.path as (string | number)[];
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: [...path, key], words: unknownKey(place, [...path, key]) }));
    const told = issue.code === 'invalid_key' ? issue.issues.at(-1)?.message : issue.message;
    return [{ path, words: `${nameOf(path)} ${told}` }];
  });
}

/** `check.timeout`; which one of a list is told by its line. */
function nameOf(path: readonly (string | number)[]): string {
  const names = path.filter((name) => typeof name === 'string');
  return names.length === 0 ? 'it' : shortened(names.join('.'));
}

function shortened(word: string): string {
  return word.length > 80 ? `${word.slice(0, 80)}…` : word;
}

/** The option that a setting of this name is, or the key that looks alike. */
function unknownKey(place: Place, path: readonly (string | number)[]): string {
  const word = path.join('.');
  const rows = optionsOf(place);
  const keys = rows.flatMap(({ key = '' }) => [key, ...key.split('.').slice(0, -1)]);
  const known = [...new Set([...keys, 'environment', ...(place === 'file' ? ['domains', 'plugins'] : [])])];
  const meant =
    rows.find(({ name }) => name === path.at(-1))?.key ??
    nearest(word, known) ??
    known.find((key) => key.split('.').at(-1) === path.at(-1));
  const operators = place === 'file' && optionsOf('defaults').some(({ key }) => key === word);
  if (operators) return `${word} is the operator's to say, in octohost.config.ts`;
  return `there is no key ${shortened(word)}${meant ? `; did you mean ${meant}?` : ''}`;
}

/** One thing that is said, as a setting would have it. */
export interface Said {
  readonly name: string;
  readonly path: readonly string[];
  readonly text: string;
}

/** Everything that a value says which its schema has found right. */
export function saidIn(place: Place, value: object): Said[] {
  const options = optionsOf(place).flatMap(({ name, key = '' }) => {
    const path = key.split('.');
    const found = valueAt(value, path);
    return found === undefined ? [] : [{ name, path, text: asText(found) }];
  });
  const variables = Object.entries((valueAt(value, ['environment']) ?? {}) as Record<string, Scalar>);
  return [
    ...options,
    ...variables.map(([name, text]) => ({ name, path: ['environment', name], text: String(text) })),
  ];
}

function valueAt(value: unknown, [first, ...rest]: readonly string[]): unknown {
  if (first === undefined) return value;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, first)) return undefined;
  return valueAt((value as Record<string, unknown>)[first], rest);
}
