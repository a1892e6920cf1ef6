/**
 * A site in maintenance: the router answers for it, and its instances go on. It belongs to the site and to no release, so
 * no deploy, rollback or converge ends it.
 */

import type { SiteName } from './grammar.ts';
import { keys } from './keys.ts';
import type { Lease } from './lease.ts';
import type { Maintenance } from './records.ts';
import type { StoreOperation } from './roles.ts';
import { withSites } from './site-leases.ts';
import { changeRoutes } from './switch.ts';
import type { Operation, World } from './world.ts';

/**
 * Stored with the routes, which are tested before, and taken back where they cannot be applied. Returns whether it was
 * another way before. @throws E_SITE_UNKNOWN, E_SITE_NEVER_RELEASED
 */
export async function setMaintenance(
  world: World,
  site: SiteName,
  on: boolean,
  operation: Operation,
): Promise<boolean> {
  const { state } = world;
  await state.requireReleased(site);
  return withSites(world, [site], 'maintenance', operation, async (leases) => {
    const known = await state.maintenance(site);
    if (on === (known !== undefined)) return false;
    const lease = leases.get(site) as Lease;
    const pointer = (await state.pointer(site))?.record;
    const routed = pointer !== undefined && pointer.domains.length > 0;
    const since = new Date(world.clock.now()).toISOString();
    const wanted = on ? { site, since, actor: operation.actor } : undefined;
    await changeRoutes(world, {
      run: { site, operation, lease, steps: [] },
      what: `The maintenance of ${site}`,
      by: `maintenance of ${site}`,
      routes: routed && { maintenance: [{ site, on }] },
      sites: [site],
      operations: async () => [lease.check(), writeOf(site, wanted, known?.version)],
    });
    return true;
  });
}

/** Pure. */
function writeOf(
  site: SiteName,
  wanted: Maintenance | undefined,
  version: number | undefined,
): StoreOperation {
  const key = keys.maintenance(site);
  const expect = version ?? 'absent';
  return wanted
    ? { kind: 'set', key, value: JSON.stringify(wanted), expect }
    : { kind: 'delete', key, expect };
}
