/** The settings of a site that make it the same elsewhere. */
import type { Engine, Settings, SiteName } from '../../core/index.ts';

/** By name; DOMAINS without what is there anyway. */
export async function exportedSettings(
  engine: Engine,
  site: SiteName,
  settings: Settings,
): Promise<[key: string, value: string][]> {
  const domains = await engine.domains(site);
  const own = domains.filter(({ origin }) => origin === 'domains:set').map(({ domain }) => domain);
  const { DOMAINS: _, ...others } = settings as Record<string, string>;
  const all = own.length > 0 ? { ...others, DOMAINS: own.join(' ') } : others;
  return Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
