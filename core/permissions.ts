/** Asks whether a site may have what its repository asks for, on this host and now. */
import type { SiteName } from './grammar.ts';
import { realPaths } from './host-paths.ts';
import type { Layered } from './layers.ts';
import type { DeclaredOptions } from './release.ts';
import { refuseForbidden, type WantedOptions, wantedOptions } from './run-options.ts';
import type { World } from './world.ts';

/** Mounts and devices come back as they really are. Throws E_NOT_ALLOWED. */
export async function allowedOptions(
  world: World,
  site: SiteName,
  declared: DeclaredOptions | undefined,
  { settings, originOf }: Layered,
): Promise<WantedOptions> {
  const wanted = wantedOptions(site, declared, settings);
  const { allow, limits, dataDir } = world.config;
  const guarded = wanted.mounts.length > 0 ? [dataDir, ...world.providers.runtime.guardedPaths] : [];
  const asked = [...wanted.mounts, ...wanted.devices].map(({ source }) => source);
  const rules = asked.length > 0 ? allow.flatMap((rule) => [...rule.mounts, ...rule.devices]) : [];
  const real = await realPaths([...asked, ...guarded, ...rules]);
  const who = { file: declared?.file, originOf, settings };
  refuseForbidden(site, wanted, who, { allow, limits, guarded, real });
  const atPlace = <Of extends { readonly source: string }>(one: Of): Of => ({
    ...one,
    source: real(one.source),
  });
  return { ...wanted, mounts: wanted.mounts.map(atPlace), devices: wanted.devices.map(atPlace) };
}
