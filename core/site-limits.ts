/** The most that a site may ask of this host by its settings and its site file, as the operator says. Pure. */
import * as z from 'zod/mini';
import type { Settings } from './release.ts';
import { asText } from './setting-values.ts';
import { type Option, settingValue, siteOptions } from './site-options.ts';

const limited = ['CONTAINERS', 'MEMORY_LIMIT', 'OCTO_PROCESSES', 'OCTO_CPUS'] as const;
type Limited = (typeof limited)[number];

/** As settings would have it; what is absent has no limit but that of its option. */
export type SiteLimits = Readonly<Partial<Record<Limited, string>>>;

const keyOf = (name: Limited) => (siteOptions[name] satisfies Option).key;

/** With the keys of a site file. */
export const limitsSchema = z.strictObject(
  Object.fromEntries(
    limited.map((name) => [keyOf(name), z.optional(siteOptions[name].kind.inFile)]),
  ) as Record<string, z.ZodMiniType>,
);

/** What a checked configuration says, as settings would have it. */
export function limitsIn(given: Readonly<Record<string, unknown>>): SiteLimits {
  return Object.fromEntries(
    limited.flatMap((name) => {
      const value = given[keyOf(name)];
      return value === undefined ? [] : [[name, asText(value)]];
    }),
  );
}

/** What a site has that says nothing: no runtime's own measure is above a limit then. */
export function limitedByDefault(limits: SiteLimits): SiteLimits {
  return Object.fromEntries(Object.entries(limits).filter(([name]) => name !== 'CONTAINERS'));
}

/** What is above its limit, in words for people. */
export function aboveLimits(settings: Settings, limits: SiteLimits): { name: Limited; what: string }[] {
  return limited.flatMap((name) => {
    const limit = limits[name];
    const [wanted, most] = [settingValue(settings, name), limit && settingValue({ [name]: limit }, name)];
    if (wanted === undefined || most === undefined || most === '' || wanted <= most) return [];
    const { kind } = siteOptions[name];
    const text = (settings as Readonly<Record<string, string>>)[name] ?? '';
    return [
      {
        name,
        what: `${keyOf(name)} ${kind.show(text)}, where limits lets a site have ${kind.show(limit ?? '')}`,
      },
    ];
  });
}
