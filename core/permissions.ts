/** Asks whether a site may have what its repository asks for, on this host and now. */
import type { SiteName } from './grammar.ts';
import { realPaths } from './host-paths.ts';
import type { DeclaredOptions } from './release.ts';
import { refuseForbidden, type WantedOptions, wantedOptions } from './run-options.ts';
import type { World } from './world.ts';

/** Mounts come back as they really are. Throws E_NOT_ALLOWED. */
export async function allowedOptions(
  world: World,
  site: SiteName,
  declared: DeclaredOptions | undefined,
): Promise<WantedOptions> {
  const wanted = wantedOptions(site, declared);
  if (!declared) return wanted;
  const { allow, dataDir } = world.config;
  const guarded = wanted.mounts.length > 0 ? [dataDir, ...world.providers.runtime.guardedPaths] : [];
  const mounts = wanted.mounts.map(({ source }) => source);
  const real = await realPaths([...mounts, ...guarded, ...allow.flatMap((rule) => rule.mounts)]);
  refuseForbidden(site, declared.file, wanted, { allow, guarded, real });
  return { ...wanted, mounts: wanted.mounts.map((mount) => ({ ...mount, source: real(mount.source) })) };
}
