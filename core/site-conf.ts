/** What a repository says in its site file, as plugins may change it before it counts, and what a release keeps of it. */

import { contentKey } from './content-key.ts';
import { errors } from './error-catalogue.ts';
import { messageOf } from './errors.ts';
import { parseOwnDomain, parseSettingKey, parseSettingValue } from './grammar.ts';
import type { HookCaller } from './hooks.ts';
import type { DeclaredConf, SiteConf } from './release.ts';
import { checkSetting } from './site.ts';
import { readSiteFile, type SiteFile } from './site-file.ts';
import { siteFileKeys } from './site-file-key.ts';
import { type Option, siteOptions } from './site-options.ts';
import type { Push } from './source.ts';
import type { World } from './world.ts';

/** What counts: where it stands, and the values. */
export interface ReadConf {
  /** Absent: nothing is said. */
  readonly conf?: DeclaredConf;
  readonly said: Readonly<Record<string, string>>;
}

/** @throws E_SITE_FILE, E_SITE_FILES, E_MODIFIER_RESULT, and what a tap throws */
export async function readConf(world: World, push: Push, caller: HookCaller): Promise<ReadConf> {
  const { site, origin, source } = push;
  const file =
    source.kind === 'tree' ? await readSiteFile(source.tree, siteFileKeys(world.config.plugins)) : undefined;
  const { values = {}, domains = [], plugins = {} } = file ?? {};
  world.told.set(site, plugins);
  const asked: SiteConf = { site, ...(origin ? { origin } : {}), values, domains };
  return confOf(file, await world.hooks.modify('modifySiteConf', asked, caller));
}

/** Checks what came of it: plugins give what they like. Pure. */
export function confOf(file: SiteFile | undefined, { values, domains }: SiteConf): ReadConf {
  const said = file?.values ?? {};
  const changed = Object.entries(values).filter(([name, value]) => said[name] !== value);
  for (const [name, value] of changed) refuseBy(name, () => checkSaid(name, value));
  const names = refuseBy('domains', () => domains.map(parseOwnDomain));
  if (!file && changed.length === 0 && names.length === 0) return { said: {} };
  const lines = Object.entries(file?.lines ?? {}).filter(([name]) => values[name] === said[name]);
  return {
    said: values,
    conf: {
      ...(file ? { file: file.file } : {}),
      values: contentKey(values),
      lines: Object.fromEntries(lines),
      domains: names,
      ...(file?.plugins ? { plugins: file.plugins } : {}),
    },
  };
}

function checkSaid(name: string, value: string): void {
  const option: Option | undefined = (siteOptions as Readonly<Record<string, Option>>)[name];
  if (option?.places.length === 0) throw new Error('only a setting can be that');
  checkSetting(name, parseSettingValue(parseSettingKey(name), value));
}

function refuseBy<Result>(what: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw errors.E_MODIFIER_RESULT(
      { tap: 'modifySiteConf', problem: `${what}: ${messageOf(error)}` },
      { hook: 'modifySiteConf' },
    );
  }
}
