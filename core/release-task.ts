/**
 * The release task: a command in the new image, once for a push, between built and start. What it does to data stays,
 * whatever becomes of the deploy; so it has to bear being run twice.
 */
import { commandWords } from './command-words.ts';
import { errors } from './error-catalogue.ts';
import { messageOf } from './errors.ts';
import type { SiteName } from './grammar.ts';
import { howItEnded } from './how-it-ended.ts';
import type { Candidate } from './plan.ts';
import { redact, secretsOf } from './redaction.ts';
import type { InstanceState, StepContext, Task } from './roles.ts';
import { type Run, step } from './run.ts';
import { settingValue } from './site-options.ts';
import { instanceSpec } from './spec.ts';
import { dataOf } from './volumes.ts';
import type { World } from './world.ts';

/** A command and how long it may take. */
export interface ReleaseTask {
  /** As it is written: a JSON list of words, or a line for a shell. */
  readonly command: string;
  readonly timeoutSeconds: number;
}

const lookAgainMs = 250;
const lastLines = 20;

/** Runs the task of a candidate, after those that deploys left that died. Throws E_RELEASE_TASK, E_RELEASE_TIME. */
export async function runReleaseTask(world: World, run: Run, candidate: Candidate): Promise<void> {
  const { task } = candidate;
  const left = await releaseTasks(world, run.site);
  if (!task && left.length === 0) return;
  await step(world, run, 'release', async (context) => {
    for (const older of left) await awaitLeft(world, run, older, context);
    if (task) await runToEnd(world, run, { ...candidate, task }, context);
  });
}

/** Nobody waits for what somebody is at. */
export async function releaseTasks({ providers }: World, site: SiteName): Promise<Task[]> {
  return (await providers.runtime.tasks(site)).filter(({ attended }) => !attended);
}

/** A task whose deploy died is left to end: what it does to data must not be done twice at once, nor stopped half-way. */
async function awaitLeft(world: World, run: Run, task: Task, context: StepContext): Promise<void> {
  const { runtime } = world.providers;
  if ((await runtime.inspect(task))?.running)
    context.output(`waiting for the release task of the deploy ${task.deploy} to end (${task.name})`);
  await untilEnded(world, task, context.signal);
  await run.lease.assertHeld();
  await runtime.stop(task, { graceSeconds: 0 });
}

async function runToEnd(
  world: World,
  run: Run,
  { release, environment, task: { command, timeoutSeconds } }: Candidate & { task: ReleaseTask },
  context: StepContext,
): Promise<void> {
  const { runtime } = world.providers;
  const spec = { ...instanceSpec(release, environment), ports: [] };
  const limit = AbortSignal.timeout(timeoutSeconds * 1000);
  const limited = { ...context, signal: AbortSignal.any([context.signal, limit]) };
  const request = { spec, deploy: run.deploy, command: commandWords(command) };
  const task = await runtime.run({ ...request, ...(await dataOf(world, release.site)) }, limited);
  const lines: string[] = [];
  try {
    const state = await follow(world, task, secretsOf(environment), limited, lines);
    if (state?.exitCode !== 0) throw errors.E_RELEASE_TASK({ command, status: howItEnded(state), lines });
  } catch (error) {
    throw limit.aborted && !context.signal.aborted
      ? errors.E_RELEASE_TIME({ command, seconds: timeoutSeconds, lines }, { cause: error })
      : error;
  } finally {
    await end(world, run, task, release.graceSeconds, context);
  }
}

/** Shows its lines until it has ended. */
async function follow(
  world: World,
  task: Task,
  secrets: readonly string[],
  context: StepContext,
  lines: string[],
): Promise<InstanceState | undefined> {
  for await (const { text } of world.providers.runtime.logs(task, { follow: true }, context.signal)) {
    const shown = redact(text, secrets);
    context.output(shown);
    lines.push(shown);
    lines.splice(0, lines.length - lastLines);
  }
  return untilEnded(world, task, context.signal);
}

async function untilEnded(
  { providers, clock }: Pick<World, 'providers' | 'clock'>,
  task: Task,
  signal: AbortSignal,
): Promise<InstanceState | undefined> {
  for (;;) {
    signal.throwIfAborted();
    const state = await providers.runtime.inspect(task);
    if (!state?.running) return state;
    await clock.sleep(lookAgainMs, signal);
  }
}

/** Whoever lost the lease leaves it: the next deploy may wait for it already. */
async function end(
  world: World,
  run: Run,
  task: Task,
  graceSeconds: number,
  context: StepContext,
): Promise<void> {
  if (run.lease.lost.aborted) return;
  await world.providers.runtime
    .stop(task, { graceSeconds })
    .catch((error: unknown) =>
      context.warn(
        `${task.name} could not be removed (${messageOf(error)}); octo converge ${run.site} does it`,
      ),
    );
}

/** Tasks of a site that are there: those that still run, and those that have ended. */
export async function tasksLeft(
  { providers: { runtime } }: Pick<World, 'providers'>,
  tasks: readonly Task[],
): Promise<{ running: Task[]; ended: Task[] }> {
  const states = await Promise.all(
    tasks.map(async (task) => (await runtime.inspect(task))?.running === true),
  );
  return {
    running: tasks.filter((_, index) => states[index]),
    ended: tasks.filter((_, index) => !states[index]),
  };
}

/**
 * Removes tasks of deploys that died, once they have ended; under the lease of their site. Returns what was done, in
 * words; of one that still runs `tell` is told.
 */
export async function removeEndedTasks(
  world: World,
  site: SiteName,
  tell: (line: string) => void,
): Promise<string[]> {
  const { runtime } = world.providers;
  const { running, ended } = await tasksLeft(world, await releaseTasks(world, site));
  for (const { deploy, name } of running)
    tell(`the release task of the deploy ${deploy} still runs (${name}); it is left to end`);
  for (const task of ended) await runtime.stop(task, { graceSeconds: 0 });
  return ended.map(({ name }) => `removed ${name}`);
}

/** Ends every task of a site that goes away. */
export async function endTasks({ providers: { runtime } }: World, site: SiteName): Promise<void> {
  const graceSeconds = settingValue({}, 'OCTO_GRACE_PERIOD');
  for (const task of await runtime.tasks(site)) await runtime.stop(task, { graceSeconds });
}
