/** The calls to the engine about containers. Each one leaves alone what is not this installation's. */
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import {
  errors as coreErrors,
  type Instance,
  messageOf,
  type PortBinding,
  type SiteName,
  type StartRequest,
  type StepContext,
  type Task,
  type TaskRequest,
} from '../../core/index.ts';
import type { DockerClient } from '../shared/docker-client.ts';
import { engineWords, statusOf } from '../shared/docker-errors.ts';
import { isOurs, labels, ownFilter } from '../shared/docker-labels.ts';
import { bindingsNow } from './adopted-bindings.ts';
import { type ContainerPlace, containerName, containerSpec, taskSpec } from './container-spec.ts';
import { errors } from './errors.ts';
import { parseInstance, parseTask } from './instance-labels.ts';
import { isRefusal, startError } from './start-error.ts';

/** By what a container is known to be ours: by its labels, or because it was taken over. */
export interface Owner {
  readonly installation: string;
  adopted(site?: SiteName): Promise<readonly Instance[]>;
}

/** How long the engine may take to remove a container that somebody else is removing. */
const removalSeconds = 60;

export async function startContainer(
  client: DockerClient,
  place: ContainerPlace,
  request: StartRequest,
  context: StepContext,
): Promise<Instance> {
  const spec = containerSpec(request, place);
  const { id, name } = await startWhole(client, spec, request.bindings, context);
  const { release, deploy, digest, bindings } = request;
  return { id, name, site: request.spec.site, release, deploy, spec: digest, bindings };
}

export async function startTask(
  client: DockerClient,
  place: ContainerPlace,
  request: TaskRequest,
  context: StepContext,
): Promise<Task> {
  const { id, name } = await startWhole(client, taskSpec(request, place), [], context);
  return { id, name, site: request.spec.site, deploy: request.deploy };
}

/**
 * Creates and starts a container; if it does not start, or the signal aborts, nothing of it stays.
 * @param prepare what is done with it before it is started
 */
export async function startWhole(
  client: DockerClient,
  spec: Docker.ContainerCreateOptions,
  bindings: readonly PortBinding[],
  context: StepContext,
  prepare: (container: Docker.Container) => Promise<void> = async () => {},
): Promise<{ id: string; name: string }> {
  const { name = '' } = spec;
  const aborted = () => coreErrors.E_ABORTED({ what: `The start of ${name}` });
  if (context.signal.aborted) throw aborted();
  return client.use(async (docker) => {
    const failed = (error: unknown) =>
      statusOf(error) === undefined ? error : startError(name, engineWords(error), bindings, error);
    const refused = (error: unknown) =>
      isRefusal(statusOf(error))
        ? coreErrors.E_START_REFUSED({ name, words: engineWords(error) }, { cause: error })
        : failed(error);
    // Not aborted in flight: a container that the engine made without telling us could not be taken back.
    const container = await docker.createContainer(spec).catch((error: unknown) => {
      throw refused(error);
    });
    try {
      if (context.signal.aborted) throw aborted();
      await prepare(container);
      await container.start();
      if (context.signal.aborted) throw aborted();
    } catch (error) {
      await takeBack(container, name, context);
      throw failed(error);
    }
    return { id: container.id, name };
  });
}

async function takeBack(container: Docker.Container, name: string, context: StepContext): Promise<void> {
  try {
    await container.remove({ force: true });
  } catch (error) {
    context.warn(`${name} could not be removed (${messageOf(error)}); octo converge does it.`);
  }
}

/** The container of an instance as the engine describes it; undefined where there is none, or it is not ours. */
export async function inspectOwn(
  client: DockerClient,
  owner: Owner,
  { id }: Pick<Task, 'id'>,
): Promise<Docker.ContainerInspectInfo | undefined> {
  // An id goes into a URL's path as it is.
  if (!/^[0-9a-f]{12,64}$/.test(id)) return undefined;
  return client.use(async (docker) => {
    try {
      const found = await docker.getContainer(id).inspect();
      if (isOurs(found.Config.Labels, owner.installation)) return found;
      return (await isAdopted(owner, found.Id)) ? found : undefined;
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  });
}

async function isAdopted(owner: Owner, id: string): Promise<boolean> {
  return (await owner.adopted()).some((one) => one.id === id);
}

/**
 * Oldest name first; containers whose labels are not those of an instance are left out, unless they were taken over:
 * those are reached where the engine says now, not where they were then.
 */
export async function listOwn(client: DockerClient, owner: Owner, site?: SiteName): Promise<Instance[]> {
  const [labelled, adopted] = await Promise.all([
    listAs(parseInstance, client, owner.installation, site),
    owner.adopted(site),
  ]);
  if (adopted.length === 0) return labelled;
  const filters = { id: adopted.map(({ id }) => id) };
  const found = await client.use((docker) => docker.listContainers({ all: true, filters }));
  const portsOf = new Map(found.map(({ Id, Ports }) => [Id, Ports ?? []] as const));
  const there = adopted.flatMap((instance) => {
    const ports = portsOf.get(instance.id);
    return ports ? [{ ...instance, bindings: bindingsNow(instance.bindings, ports) }] : [];
  });
  return byName([...labelled, ...there]);
}

/** By the engine's own word for it; a container that is about to be started again is `restarting`. */
export async function listRunning(client: DockerClient, owner: Owner): Promise<ReadonlySet<string>> {
  const status = ['running', 'paused'];
  const adopted = (await owner.adopted()).map(({ id }) => id);
  const filters = [ownFilter(owner.installation), ...(adopted.length > 0 ? [{ id: adopted }] : [])];
  const found = await client.use((docker) =>
    Promise.all(filters.map((one) => docker.listContainers({ filters: { ...one, status } }))),
  );
  return new Set(found.flat().map(({ Id }) => Id));
}

function byName<Kind extends Task>(tasks: readonly Kind[]): Kind[] {
  return tasks.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The same of tasks. */
export function listTasks(client: DockerClient, installation: string, site?: SiteName): Promise<Task[]> {
  return listAs(parseTask, client, installation, site);
}

async function listAs<Kind extends Task>(
  parse: (container: Parameters<typeof parseTask>[0]) => Kind | undefined,
  client: DockerClient,
  installation: string,
  site: SiteName | undefined,
): Promise<Kind[]> {
  const found = await client.use((docker) =>
    docker.listContainers({ all: true, filters: ownFilter(installation, site) }),
  );
  const ours = found.flatMap(
    ({ Id, Names, Labels }) => parse({ id: Id, name: Names[0] ?? Id, labels: Labels }) ?? [],
  );
  return byName(ours);
}

/** One that has ended with 0 has done its work, and the policy would run it again and again. */
export async function keepContainer(client: DockerClient, owner: Owner, instance: Instance): Promise<void> {
  const own = await inspectOwn(client, owner, instance);
  if (!own) throw errors.E_INSTANCE_GONE({ name: instance.name });
  if (own.State.Status === 'exited' && own.State.ExitCode === 0) return;
  await client.use((docker) =>
    docker.getContainer(instance.id).update({ RestartPolicy: { Name: 'unless-stopped' } }),
  );
}

/** The name that a container was started with is told by its labels. */
export async function renameContainer(
  client: DockerClient,
  place: Owner & Pick<ContainerPlace, 'namePrefix'>,
  instance: Instance,
  wanted: string | undefined,
): Promise<void> {
  const own = await inspectOwn(client, place, instance);
  if (!own) throw errors.E_INSTANCE_GONE({ name: instance.name });
  const { site, deploy } = instance;
  const index = own.Config.Labels[labels.index] ?? '';
  const name = wanted ?? containerName({ spec: { site }, deploy, index }, place);
  if (own.Name === `/${name}`) return;
  await client.use(async (docker) => {
    try {
      await docker.getContainer(instance.id).rename({ name });
    } catch (error) {
      throw statusOf(error) === 409 ? coreErrors.E_NAME_TAKEN({ name }, { cause: error }) : error;
    }
  });
}

/** Several processes may stop the same instance at once: each returns when it is gone. */
export async function stopContainer(
  client: DockerClient,
  owner: Owner,
  instance: Task,
  graceSeconds: number,
): Promise<void> {
  if (!(await inspectOwn(client, owner, instance))) return;
  await client.use(async (docker) => {
    const container = docker.getContainer(instance.id);
    await tolerate([304, 404], container.stop({ t: Math.max(0, Math.ceil(graceSeconds)) }));
    // Its volumes stay: data outlives releases.
    await tolerate([404, 409], container.remove({ force: true, v: false }));
  });
  await untilGone(client, owner, instance);
}

async function untilGone(client: DockerClient, owner: Owner, instance: Task): Promise<void> {
  const deadline = performance.now() + removalSeconds * 1000;
  while (await inspectOwn(client, owner, instance)) {
    if (performance.now() > deadline)
      throw errors.E_STOP_STUCK({ name: instance.name, seconds: removalSeconds });
    await sleep(100);
  }
}

/** Waits for a call; an answer with one of these statuses is as good as done. */
async function tolerate(statuses: readonly number[], call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined || !statuses.includes(status)) throw error;
  }
}
