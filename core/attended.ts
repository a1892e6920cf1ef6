/** Commands that somebody runs by hand: in a container of their own, or in an instance. */
import { randomBytes } from 'node:crypto';
import type { SiteName } from './grammar.ts';
import { holderOf, runLease, withLease } from './lease.ts';
import type { Instance } from './release.ts';
import { requireCurrent } from './releases.ts';
import type { Streams, Task } from './roles.ts';
import { createDeployId } from './run.ts';
import { instanceSpec } from './spec.ts';
import { dataOf } from './volumes.ts';
import { channel, type Operation, type World } from './world.ts';

/**
 * Runs a command in a new container with the image, environment and options of the current release, but its ports. The
 * lease says that somebody is at it: what is left of one that was killed is known by that.
 */
export async function runAttended(
  world: World,
  site: SiteName,
  command: readonly string[],
  streams: Streams,
  operation: Operation,
): Promise<number> {
  const release = await requireCurrent(world, site);
  const environment = await world.state.environment(release);
  const spec = { ...instanceSpec(release, environment), ports: [] };
  const data = await dataOf(world, site);
  const deploy = createDeployId(world.clock.now(), randomBytes(4).toString('hex'));
  const lease = {
    names: [runLease(site, deploy)],
    what: `The command of ${site}`,
    purpose: `command in ${site}`,
    signal: operation.signal,
    waitSeconds: 0,
    onWait() {},
  };
  return withLease(world, lease, ({ lost }) =>
    world.providers.runtime.runAttended(
      { spec, deploy, command, ...data },
      streams,
      { graceSeconds: release.graceSeconds },
      { ...channel(operation, site), signal: AbortSignal.any([operation.signal, lost]) },
    ),
  );
}

/** Runs a command in an instance that runs. */
export function execAttended(
  { providers }: World,
  instance: Instance,
  command: readonly string[],
  streams: Streams,
  { signal }: Operation,
): Promise<number> {
  return providers.runtime.execAttended(instance, command, streams, signal);
}

/** Commands that somebody ran by hand, and that nobody is at any more: their `octo` was killed. */
export async function unattendedTasks(world: World, site: SiteName): Promise<Task[]> {
  const attended = (await world.providers.runtime.tasks(site)).filter((task) => task.attended);
  const holders = await Promise.all(attended.map(({ deploy }) => holderOf(world, runLease(site, deploy))));
  return attended.filter((_, index) => !holders[index]);
}

/** Takes away what nobody is at any more; returns what was done, in words. */
export async function removeUnattended(world: World, site: SiteName): Promise<string[]> {
  const left = await unattendedTasks(world, site);
  for (const task of left) await world.providers.runtime.stop(task, { graceSeconds: 0 });
  return left.map(({ name }) => `removed ${name}`);
}
