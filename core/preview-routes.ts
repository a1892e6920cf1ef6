/** What would change in the router's configuration: both ways rendered, and compared line by line. */
import { structuredPatch } from 'diff';
import { pointerTo } from './deploy.ts';
import { servicesOf } from './instances.ts';
import { findFreePorts } from './ports.ts';
import type { Prospect } from './preview.ts';
import type { Pointer } from './records.ts';
import type { Instance } from './release.ts';
import type { CatalogEntry, StepContext } from './roles.ts';
import { readRoutes, renderRoutes, withChanges } from './routes.ts';
import type { World } from './world.ts';

/** How many lines that stay are shown around those that do not. */
const contextLines = 2;

/** New instances stand there with the addresses that they would get now. */
export async function previewRoutes(
  world: World,
  prospects: readonly Prospect[],
  context: StepContext,
): Promise<string[]> {
  const view = await readRoutes(world);
  const certificates = prospects.flatMap(({ candidate }) => candidate?.certificate ?? []);
  const retirings = prospects.map(({ start, others }) => ({ site: start.site, instances: others }));
  const wanted = withChanges(view, { pointers: prospects.flatMap(pointersOf), retirings, certificates });
  const known = new Set(view.catalog.map(({ id }) => id));
  const fresh = (await newEntries(world, prospects)).filter(({ id }) => !known.has(id));
  const catalog = [...view.catalog, ...fresh];
  const [before, after] = await Promise.all(
    [view, { ...wanted, catalog }].map((one) => renderRoutes(world, one, context)),
  );
  return changedLines(before ?? '', after ?? '');
}

function pointersOf({ start, candidate }: Prospect): Pointer[] {
  if (candidate) return [pointerTo(candidate.release)];
  return start.pointer ? [{ ...start.pointer.record, stopped: true }] : [];
}

/** Services that would be registered, those of new instances at ports that are free now. */
async function newEntries(world: World, prospects: readonly Prospect[]): Promise<CatalogEntry[]> {
  const installation = (await world.state.knownInstallation()) ?? '0';
  const avoid = new Set<number>();
  const entries: CatalogEntry[] = [];
  for (const { candidate, kept } of prospects) {
    if (!candidate) continue;
    const { release } = candidate;
    const missing = Array.from({ length: release.count - kept.length }, (_, index) => index + 1);
    const started: Instance[] = [];
    for (const index of missing) {
      const count = release.run.ports.length;
      const { chosen } = await findFreePorts(world, { installation, count, avoid });
      for (const port of chosen) avoid.add(port);
      const { site, number, deploy, spec } = release;
      const bindings = release.run.ports.map((port, at) => ({
        ...port,
        hostAddress: world.config.instances.address,
        hostPort: chosen[at] as number,
      }));
      started.push({ id: `new-${index}`, name: '', site, release: number, deploy, spec, bindings });
    }
    entries.push(
      ...servicesOf(release, [...kept, ...started]).map((one) => ({ ...one, health: 'unknown' as const })),
    );
  }
  return entries;
}

/** The lines of a diff, without the names of its files; none where nothing changes. Pure. */
export function changedLines(before: string, after: string): string[] {
  const { hunks } = structuredPatch('', '', before, after, '', '', { context: contextLines });
  return hunks.flatMap(({ oldStart, newStart, lines }) => [
    `@@ line ${oldStart}, then ${newStart} @@`,
    ...lines.filter((line) => !line.startsWith('\\')),
  ]);
}
