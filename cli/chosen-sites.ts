/** The sites that a command is about. */
import { type Engine, errors, matchesSite, type SiteName, type SitePattern } from '../core/index.ts';

/** The sites that patterns mean; all without one. @throws E_SITE_UNKNOWN for a pattern that means none */
export async function chosenSites(
  engine: Engine,
  patterns: readonly SitePattern[] | undefined,
): Promise<readonly SiteName[]> {
  const all = await engine.sites();
  const none = patterns?.find((pattern) => !all.some((site) => matchesSite(pattern, site)));
  if (none !== undefined) throw errors.E_SITE_UNKNOWN({ site: none });
  return patterns ? all.filter((site) => patterns.some((pattern) => matchesSite(pattern, site))) : all;
}
