/** The end of a rename: what is left under the old name goes, by whoever comes first. Safe to repeat after a kill. */
import { moveRights, rightsByPattern } from './access-keys.ts';
import { batches } from './batches.ts';
import { ensureByHand } from './by-hand.ts';
import { recordDead } from './deploys.ts';
import { forgetHistory } from './forget.ts';
import type { SiteName } from './grammar.ts';
import { keys } from './keys.ts';
import type { Lease } from './lease.ts';
import { finishJournal } from './many-settings.ts';
import { type Rename, readRecord, Unreadable } from './records.ts';
import { renameMark, renameMarks } from './rename-mark.ts';
import { endMarked, takeAway } from './retire.ts';
import type { StepContext, StoreEntry, StoreOperation } from './roles.ts';
import { applyRoutes } from './routes.ts';
import type { Run } from './run.ts';
import { withSites } from './site-leases.ts';
import { channel, type Operation, uninterrupted, type World } from './world.ts';

/** Returns the rename that it ended; undefined where nothing of one is left under this name. */
export async function endRename(
  world: World,
  site: SiteName,
  operation: Operation,
): Promise<Rename | undefined> {
  if (!(await renameMark(world.state, site))) return undefined;
  return withSites(world, [site], 'rename', operation, (leases) =>
    endUnder(world, site, leases.get(site) as Lease, channel(operation, site)),
  );
}

/** What is left under names that a site had before this one is ended while it still has this one. */
export async function endRenamesTo(world: World, site: SiteName, operation: Operation): Promise<void> {
  for (const mark of await renameMarks(world.state))
    if (mark.to === site) await endRename(world, mark.site, operation);
}

/**
 * A new site begins with nothing that another one of its name, or one that never came to be, has left. Under its lease;
 * true where there was anything.
 */
export async function clearName(
  world: World,
  run: Pick<Run, 'site' | 'lease' | 'operation'>,
): Promise<boolean> {
  const { site, lease, operation } = run;
  const ended = await endUnder(world, site, lease, channel(uninterrupted(operation), site));
  return ended !== undefined || forgetUnmade(world, run);
}

/**
 * The history that a rename has written for a name which never got its pointer, and what runs under it. A pointer that
 * somebody took away by hand is another matter: what it led to stays. Under the name's lease; true where there was anything.
 */
export async function forgetUnmade(
  world: World,
  { site, lease, operation }: Pick<Run, 'site' | 'lease' | 'operation'>,
): Promise<boolean> {
  const { state } = world;
  if (await state.pointer(site)) return false;
  const deploys = (await state.deploys(site)).map(({ record }) => record);
  if (deploys.at(-1)?.reason !== 'rename' || deploys.some(({ phase }) => phase === 'current')) return false;
  const begun = await world.providers.runtime.list(site);
  await takeAway(world, lease, site, begun, channel(uninterrupted(operation), site));
  return (await forgetHistory(world, site, lease)) || begun.length > 0;
}

/** The mark goes last. Rights come first: whoever has them waits for nobody's requests. */
async function endUnder(
  world: World,
  site: SiteName,
  lease: Lease,
  context: StepContext,
): Promise<Rename | undefined> {
  const { state } = world;
  const mark = await renameMark(state, site);
  if (!mark) return undefined;
  const { to } = mark;
  await finishJournal(state, site);
  // Who has which right is told by keys:list, to those who may ask for it.
  const lost = rightsByPattern(await state.accessKeys(), site, to).length;
  if (lost > 0)
    context.warn(
      `keys with a right to ${site} by a pattern, which have none to ${to}: ${lost} (octo keys:list)`,
    );
  await moveRights(state, site, to);
  await ensureByHand(world, site);
  // A killed switch may have left the routes as they were, and the marked instances in them.
  await applyRoutes(world, context);
  await endMarked(world, site, (await state.retiring(site))?.record.instances ?? [], context);
  await recordDead(world, site);
  await moveDeploys(world, mark, lease);
  await forgetHistory(world, site, lease);
  await state.commit(`The site ${site}`, [lease.check(), { kind: 'delete', key: keys.rename(site) }]);
  return mark;
}

/** Deploys of the old name, and what ran in them, are told of under the new one: all but the one that ended it. */
async function moveDeploys({ state }: World, { site, to, deploy }: Rename, lease: Lease): Promise<void> {
  const [deploys, traces] = await Promise.all(
    [keys.deploysOf(site), keys.traces(site)].map((prefix) => state.store.list(prefix)),
  );
  const own = new Set([keys.deploy(site, deploy), keys.trace(site, deploy)]);
  const moves = [...(deploys ?? []), ...(traces ?? [])].flatMap((entry): StoreOperation[] => [
    ...(own.has(entry.key) ? [] : [renamed(entry, site, to)]),
    { kind: 'delete', key: entry.key },
  ]);
  for (const some of batches(moves)) await state.commit(`The deploys of ${site}`, [lease.check(), ...some]);
}

/** What somebody wrote there that cannot be read goes along as it is. Pure. */
function renamed(entry: StoreEntry, site: SiteName, to: SiteName): StoreOperation {
  const [kind, below] = entry.key.startsWith(keys.traces(site))
    ? (['trace', keys.traces] as const)
    : (['deploy', keys.deploysOf] as const);
  const isReadable = !(readRecord(kind, entry.value) instanceof Unreadable);
  const value = isReadable
    ? JSON.stringify({ ...(JSON.parse(entry.value) as object), site: to })
    : entry.value;
  return { kind: 'set', key: `${below(to)}${entry.key.slice(below(site).length)}`, value };
}
