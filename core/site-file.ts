/** The file in which a repository says what its site is to be: found, read, and refused with every mistake at once. */
import { errors } from './error-catalogue.ts';
import { type Domain, parseDomain } from './grammar.ts';
import { pluginProblems, pluginsKey, type SiteFileKeys } from './site-file-key.ts';
import { type Said, saidIn, schemaProblems, siteFileSchema } from './site-file-schema.ts';
import type { Tree } from './source.ts';
import type { Mistake, PlainText } from './yaml-text.ts';

/** What a site file says. */
export interface SiteFile {
  /** Its name, for people. */
  readonly file: string;
  /** Options and environment, as settings would have them. */
  readonly values: Readonly<Record<string, string>>;
  /** Where each of them stands. */
  readonly lines: Readonly<Record<string, number>>;
  readonly domains: readonly Domain[];
  /** What it says to plugins, by their names; found right by their schemas. Absent: nothing. */
  readonly plugins?: Readonly<Record<string, unknown>>;
}

/** Reading it takes time that grows with it; what is larger is no configuration. */
const maxBytes = 65_536;
/** Of one file; a screen of them is enough to go on with. */
const maxMistakes = 20;

const ownFiles = ['.octohost.yml', '.octohost.yaml', '.octohost.json'] as const;
const sharedFile = 'package.json';
const sharedKey = 'octohost';

/**
 * Undefined where the repository has none.
 * @param keys what plugins may be told
 * @throws E_SITE_FILE, E_SITE_FILES
 */
export async function readSiteFile(tree: Tree, keys: SiteFileKeys = {}): Promise<SiteFile | undefined> {
  const read = async (file: string) => ({ file, content: await tree.read(file) });
  const all = await Promise.all([...ownFiles, sharedFile].map(read));
  const found = all.flatMap(({ file, content }) =>
    content && (file !== sharedFile || hasKey(content)) ? [{ file, content }] : [],
  );
  if (found.length > 1) throw errors.E_SITE_FILES({ files: found.map(({ file }) => file) });
  const [one] = found;
  return one && parseSiteFile(one.file, one.content, keys);
}

/** One that is no JSON is asked as a text: it may only have forgotten a comma. */
function hasKey(content: Buffer): boolean {
  const text = content.toString('utf8');
  try {
    const value = JSON.parse(text.replace(/^\uFEFF/, '')) as object | null;
    return typeof value === 'object' && value !== null && Object.hasOwn(value, sharedKey);
  } catch {
    return text.includes(`"${sharedKey}"`);
  }
}

/**
 * Reads the content of a site file. JSON is read as the YAML that it is.
 * @param file its name; of package.json one key counts
 * @param keys what plugins may be told
 * @throws E_SITE_FILE with every mistake and its line; values are not repeated
 */
export async function parseSiteFile(
  file: string,
  content: Uint8Array,
  keys: SiteFileKeys = {},
): Promise<SiteFile> {
  const refuse = (mistakes: readonly Mistake[]) =>
    errors.E_SITE_FILE({ file, lines: mistakeLines(mistakes) });
  const text = decoded(content);
  if (typeof text !== 'string') throw refuse([text]);
  // The parser is loaded by those who have such a file.
  const { plainText } = await import('./yaml-text.ts');
  const read = plainText(text, file === sharedFile ? sharedKey : undefined);
  const value = read.value ?? {};
  const mistakes = [...read.mistakes, ...(await schemaMistakes(read, value, keys))];
  if (mistakes.length > 0) throw refuse(mistakes);
  return siteFile(file, value, read);
}

function decoded(content: Uint8Array): string | Mistake {
  if (content.byteLength > maxBytes)
    return { line: 1, words: `it has ${content.byteLength} bytes; it may have ${maxBytes}` };
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return { line: 1, words: 'it is no UTF-8 text' };
  }
}

/** What the schema finds in lines that the reader found nothing wrong with. */
async function schemaMistakes(read: PlainText, value: object, keys: SiteFileKeys): Promise<Mistake[]> {
  const known = new Set(read.mistakes.map(({ line }) => line));
  const { error } = siteFileSchema.safeParse(value);
  const own = schemaProblems('file', error?.issues ?? []);
  return [...own, ...(await pluginProblems(saidToPlugins(value), keys))]
    .map(({ path, words }) => ({ line: read.lineOf(path), words }))
    .filter(({ line }) => !known.has(line));
}

/** A map without a prototype becomes a plain object, as it comes back from the store. */
function saidToPlugins(value: object): Readonly<Record<string, unknown>> {
  const { plugins } = value as { readonly plugins?: unknown };
  const isMap = typeof plugins === 'object' && plugins !== null && !Array.isArray(plugins);
  return isMap ? (JSON.parse(JSON.stringify(plugins)) as Record<string, unknown>) : {};
}

function mistakeLines(mistakes: readonly Mistake[]): string[] {
  const lines = mistakes
    .toSorted((a, b) => a.line - b.line)
    .map(({ line, words }) => `line ${line}: ${words}`);
  const more = lines.length - maxMistakes;
  return more > 0 ? [...lines.slice(0, maxMistakes), `and ${more} more`] : lines;
}

/** What was found right, as settings would have it. */
function siteFile(file: string, value: object, read: PlainText): SiteFile {
  const said = saidIn('file', value);
  const textOf = ({ path, text }: Said) =>
    // A variable is what somebody wrote: 1.10 is not 1.1.
    path[0] === 'environment' ? (read.writtenAt(path) ?? text) : text;
  const { domains = [] } = value as { readonly domains?: readonly string[] };
  const plugins = saidToPlugins(value);
  const names = Object.keys(plugins);
  return {
    file,
    values: Object.fromEntries(said.map((one) => [one.name, textOf(one)])),
    lines: Object.fromEntries([
      ...said.map(({ name, path }) => [name, read.lineOf(path)]),
      ...names.map((name) => [`${pluginsKey}.${name}`, read.lineOf([pluginsKey, name])]),
    ]),
    domains: [...new Set(domains.map(parseDomain))],
    ...(names.length > 0 ? { plugins } : {}),
  };
}
