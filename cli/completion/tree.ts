/** What can be typed behind `octo`, as completion scripts need it. Pure. */

/** A flag of a command. */
export interface KnownFlag {
  /** Without its dashes. */
  readonly name: string;
  readonly char?: string;
  readonly summary: string;
  /** Whether a value follows it; `site`: that of a site. */
  readonly value: 'none' | 'any' | 'site';
  /** The only values that it takes; empty where it takes others. */
  readonly choices: readonly string[];
}

/** A command, or a topic that is none itself. */
export interface KnownWords {
  /** `config set`; empty for `octo` itself. */
  readonly path: string;
  readonly summary: string;
  /** What may follow: `get`, `set`. */
  readonly below: readonly { readonly word: string; readonly summary: string }[];
  readonly flags: readonly KnownFlag[];
  /** Whether its arguments are names of sites: none of them, the first one, or all. */
  readonly sites: 'none' | 'first' | 'all';
}

/** The part of a command of oclif that is used. */
export interface CommandFacts {
  readonly id: string;
  readonly summary?: string | undefined;
  readonly hidden?: boolean;
  readonly args: Readonly<Record<string, { readonly multiple?: boolean }>>;
  readonly flags: Readonly<
    Record<
      string,
      {
        readonly type: string;
        readonly char?: string | undefined;
        readonly summary?: string | undefined;
        readonly description?: string | undefined;
        readonly options?: readonly string[] | undefined;
        readonly hidden?: boolean;
        readonly allowNo?: boolean;
      }
    >
  >;
}

/** Every word that something follows, by its path; `octo` itself first. */
export function wordsOf(
  commands: readonly CommandFacts[],
  topics: Readonly<Record<string, string>>,
): KnownWords[] {
  const shown = commands.filter(({ hidden }) => !hidden);
  const byPath = new Map(shown.map((command) => [command.id.replaceAll(':', ' '), command]));
  const paths = new Set(['']);
  for (const path of byPath.keys()) {
    const words = path.split(' ');
    for (let length = 1; length <= words.length; length += 1) paths.add(words.slice(0, length).join(' '));
  }
  const summaryOf = (path: string) => byPath.get(path)?.summary ?? topics[path] ?? '';
  const sorted = [...paths].toSorted();
  return sorted.map((path) => {
    const command = byPath.get(path);
    return {
      path,
      summary: summaryOf(path),
      below: sorted
        .filter((other) => other !== '' && parentOf(other) === path)
        .map((other) => ({ word: other.split(' ').at(-1) ?? '', summary: summaryOf(other) })),
      flags: command ? flagsOf(command) : [],
      sites: command ? sitesOf(command) : 'none',
    };
  });
}

const parentOf = (path: string) => path.split(' ').slice(0, -1).join(' ');

function sitesOf({ args }: CommandFacts): KnownWords['sites'] {
  const [first] = Object.entries(args);
  if (!first || !['site', 'sites'].includes(first[0])) return 'none';
  return first[1].multiple ? 'all' : 'first';
}

function flagsOf({ flags }: CommandFacts): KnownFlag[] {
  return Object.entries(flags)
    .filter(([, { hidden }]) => !hidden)
    .flatMap(([name, flag]): KnownFlag[] => {
      const { type, char, summary, description = '', options = [], allowNo } = flag;
      const facts = {
        summary: summary ?? description,
        value:
          type === 'boolean' ? ('none' as const) : name === 'site' ? ('site' as const) : ('any' as const),
        choices: options,
      };
      return [
        { name, ...(char ? { char } : {}), ...facts },
        ...(allowNo ? [{ name: `no-${name}`, ...facts, summary: `Not --${name}.` }] : []),
      ];
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
