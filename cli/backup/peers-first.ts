/** The order in which sites that are tied to others can be deployed. Pure. */
import type { Restored, SiteName } from '../../core/index.ts';

/** Those that others are tied to before these; the order stays where nothing is tied. */
export function peersFirst<One extends Pick<Restored, 'site' | 'release'>>(sites: readonly One[]): One[] {
  const ordered: One[] = [];
  const begun = new Set<SiteName>();
  const add = (one: One) => {
    if (begun.has(one.site)) return;
    begun.add(one.site);
    const { links = [], volumesFrom = [] } = one.release?.run ?? {};
    const peers = new Set([...links, ...volumesFrom].map(({ site }) => site));
    for (const peer of sites) if (peers.has(peer.site)) add(peer);
    ordered.push(one);
  };
  for (const one of sites) add(one);
  return ordered;
}
