/** Who says what of a site, in order of strength, and what of it holds. Pure. */
import { saidInProcfile } from './procfile.ts';
import type { DeclaredConf, DeclaredOptions, Settings } from './release.ts';

/** Everything that says something of one site. */
export interface Sayings {
  /** On the server; strongest. */
  readonly settings: Settings;
  /** The repository's site file, and the values that it gives. */
  readonly conf?: DeclaredConf | undefined;
  readonly said: Readonly<Record<string, string>>;
  /** The command of `release` in its Procfile. */
  readonly releaseCommand?: string | undefined;
  /** The comments of its Dockerfile. */
  readonly options?: DeclaredOptions | undefined;
  /** Of octohost.config.ts; weakest. */
  readonly defaults: Readonly<Record<string, string>>;
}

export interface Layered {
  /** What holds, as if all of it were settings. */
  readonly settings: Settings;
  /** `.octohost.yml line 4`; undefined where nobody says anything. */
  readonly originOf: (name: string) => string | undefined;
}

interface Layer {
  readonly values: Readonly<Record<string, string>>;
  readonly originOf: (name: string) => string;
}

/** The strongest that says something holds. */
export function layered({ settings, conf, said, releaseCommand, options, defaults }: Sayings): Layered {
  const weakestFirst: Layer[] = [
    { values: defaults, originOf: () => 'configuration defaults' },
    {
      values: options?.noHttpProxy === undefined ? {} : { NO_HTTP_PROXY: '1' },
      originOf: () => `${options?.file} line ${options?.noHttpProxy}`,
    },
    { values: saidInProcfile({ releaseCommand }), originOf: () => 'Procfile' },
    { values: said, originOf: (name) => originIn(conf, name) },
    { values: settings, originOf: (name) => `setting ${name}` },
  ];
  return {
    settings: Object.fromEntries(weakestFirst.flatMap(({ values }) => Object.entries(values))) as Settings,
    originOf: (name) => weakestFirst.findLast(({ values }) => Object.hasOwn(values, name))?.originOf(name),
  };
}

/** What stands in no line, a plugin said. */
function originIn(conf: DeclaredConf | undefined, name: string): string {
  const line = conf && Object.hasOwn(conf.lines, name) ? conf.lines[name] : undefined;
  return line === undefined ? 'modifySiteConf' : `${conf?.file} line ${line}`;
}
