/** The key of a plugin in site files: `plugins.<name>`, under a schema of its own. Pure. */
import { nearest } from './nearest.ts';
import type { SchemaProblem } from './site-file-schema.ts';

/** What a schema library says of a value (standardschema.dev): zod, valibot and arktype make such schemas. */
export interface ValueSchema<Value = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Validated<Value> | Promise<Validated<Value>>;
    readonly types?: { readonly input: unknown; readonly output: Value } | undefined;
    /** Where the library can tell it as a JSON Schema. */
    readonly jsonSchema?: { readonly input: (options: { readonly target: 'draft-07' }) => object };
  };
}

type Validated<Value> =
  | { readonly value: Value; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a plugin may be told in a site file, under `plugins` and its own name. */
export interface SiteFileKey<Value = unknown> {
  /** One sentence, for editors. */
  readonly says: string;
  /** Of the value. What it refuses, a push is refused for, with the line. */
  readonly schema: ValueSchema<Value>;
}

/** The keys of the plugins that have one, by the names of the plugins. */
export type SiteFileKeys = Readonly<Record<string, SiteFileKey>>;

/** The part of a site file that is for plugins. */
export const pluginsKey = 'plugins';

export function siteFileKeys(
  plugins: readonly { readonly name: string; readonly siteFile?: SiteFileKey }[],
): SiteFileKeys {
  return Object.fromEntries(plugins.flatMap(({ name, siteFile }) => (siteFile ? [[name, siteFile]] : [])));
}

/** What is wrong with what a site file says to plugins, and where. */
export async function pluginProblems(
  said: Readonly<Record<string, unknown>>,
  known: SiteFileKeys,
): Promise<SchemaProblem[]> {
  const problems = await Promise.all(
    Object.entries(said).map(async ([name, value]): Promise<SchemaProblem[]> => {
      const path = [pluginsKey, name];
      const key = Object.hasOwn(known, name) ? known[name] : undefined;
      if (!key) return [{ path, words: unknownPlugin(name, Object.keys(known)) }];
      const { issues = [] } = await key.schema['~standard'].validate(value);
      return issues.map((issue) => {
        const place = [...path, ...placeOf(issue)];
        return { path: place, words: `${place.join('.')}: ${issue.message}` };
      });
    }),
  );
  return problems.flat();
}

function placeOf({ path = [] }: Issue): (string | number)[] {
  return path.map((step) => {
    const key = typeof step === 'object' ? step.key : step;
    return typeof key === 'number' ? key : String(key);
  });
}

function unknownPlugin(name: string, known: readonly string[]): string {
  const shown = name.slice(0, 80);
  const meant = nearest(shown, known);
  const advice = meant
    ? `; did you mean ${meant}?`
    : known.length > 0
      ? `; there are ${known.join(', ')}`
      : '';
  return `no plugin ${shown} of this installation is told something in a site file${advice}`;
}

/** The value as the plugin's taps get it. @throws Error naming what its schema refuses */
export async function readPluginValue(name: string, key: SiteFileKey, said: unknown): Promise<unknown> {
  const result = await key.schema['~standard'].validate(said);
  if (!result.issues) return result.value;
  const [first] = await pluginProblems({ [name]: said }, { [name]: key });
  throw new Error(`what its release was told is refused now: ${first?.words}`);
}

/** The JSON Schema of the part of a site file that is for plugins: strict where each can tell its own. */
export function pluginsJsonSchema(known: SiteFileKeys): object {
  const properties = Object.entries(known).map(([name, { says, schema }]) => {
    const { $schema: _, ...own } = (schema['~standard'].jsonSchema?.input({ target: 'draft-07' }) ??
      {}) as Record<string, unknown>;
    return [name, { description: says, ...own }];
  });
  return { type: 'object', properties: Object.fromEntries(properties), additionalProperties: false };
}
