/** How a release that might come differs from the one that serves. Pure. */
import { type Explained, type ExplainFacts, explain } from './explain.ts';
import type { Release, Settings } from './release.ts';

/** Names of variables, and how they differ from before. */
export interface Names {
  readonly names: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

type Values = Readonly<Record<string, string>>;

/** @param before undefined: there was none */
export function namesOf(before: Values = {}, after: Values): Names {
  const names = Object.keys(after);
  return {
    names,
    added: names.filter((name) => before[name] === undefined),
    removed: Object.keys(before).filter((name) => after[name] === undefined),
    changed: names.filter((name) => before[name] !== undefined && before[name] !== after[name]),
  };
}

/** One kind of option, with all its values before and after, as `octo explain` shows them. */
export interface OptionChange {
  readonly name: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

interface Made {
  readonly release: Release;
  readonly settings: Settings;
  /** The values that its site file gives. */
  readonly said: Values;
}

/** What is told by itself, and not as an option. */
const toldElsewhere = ['image', 'address', 'domain', 'environment'];

export function changedOptions(before: Made, after: Made, config: ExplainFacts['config']): OptionChange[] {
  const [old, next] = [before, after].map((made) => optionsOf(made, config)) as [Options, Options];
  const names = [...new Set([...old.keys(), ...next.keys()])];
  return names.flatMap((name) => {
    const change = { name, before: old.get(name) ?? [], after: next.get(name) ?? [] };
    return change.before.join('\n') === change.after.join('\n') ? [] : [change];
  });
}

type Options = ReadonlyMap<string, readonly string[]>;

function optionsOf({ release, settings, said }: Made, config: ExplainFacts['config']): Options {
  const rows = explain({
    site: release.site,
    settings,
    said,
    release,
    domains: [],
    adoptedVolumes: [],
    config,
  });
  const told = rows.filter(({ name }) => !toldElsewhere.includes(name));
  const byName = Map.groupBy([...told, ...certificateRow(release)], ({ name }) => name);
  return new Map([...byName].map(([name, all]) => [name, all.map(({ value }) => value)]));
}

/** The certificate itself is nobody's to see; that it is another one is told by its content key. */
function certificateRow({ route }: Release): Pick<Explained, 'name' | 'value'>[] {
  return route?.tls === undefined ? [] : [{ name: 'certificate', value: route.tls.slice(0, 12) }];
}
