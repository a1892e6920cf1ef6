/** At most so many builds at once on a host: a lease for each place, so that the place of a killed build is free again. */
import { describeHolder, withLease } from './lease.ts';
import type { LeaseHolder } from './records.ts';
import type { Run } from './run.ts';
import type { World } from './world.ts';

/**
 * Builds when there is a place, however long that takes: what holds one is a build, which has an end. Nothing else is
 * waited for meanwhile, so that nobody waits in a circle.
 */
export function withBuildSlot<Result>(
  world: World,
  { site, operation, lease }: Pick<Run, 'site' | 'operation' | 'lease'>,
  build: () => Promise<Result>,
): Promise<Result> {
  const request = {
    names: slotNames(world),
    what: 'Every place for a build',
    purpose: `build of ${site}`,
    signal: AbortSignal.any([operation.signal, lease.lost]),
    waitSeconds: Number.POSITIVE_INFINITY,
    onWait: (holders: readonly LeaseHolder[]) =>
      operation.reporter.output(
        site,
        `waiting for a build to end: ${holders.map(describeHolder).join(', ')}`,
      ),
  };
  return withLease(world, request, build);
}

function slotNames({ config, process }: Pick<World, 'config' | 'process'>): string[] {
  const places = config.builds.atOnce ?? process.cores;
  return Array.from({ length: places }, (_, index) => `builds/${process.host}/${index + 1}`);
}
