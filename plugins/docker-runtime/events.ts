/** What happens to this installation's containers, as the engine tells it. */
import type { Instance, InstanceEvent } from '../../core/index.ts';
import type { DockerClient } from '../shared/docker-client.ts';
import { isOurs, labels } from '../shared/docker-labels.ts';
import { createLineCutter } from '../shared/docker-lines.ts';
import type { Owner } from './containers.ts';
import { errors } from './errors.ts';
import { parseInstance } from './instance-labels.ts';

/** Those after which a container is described otherwise; a health check that says the same again is none of them. */
const told = ['create', 'start', 'die', 'pause', 'unpause', 'health_status', 'rename', 'update', 'destroy'];

/** An event of the engine; of its many fields those that are used. */
interface Told {
  readonly Action?: string;
  readonly Actor?: { readonly ID?: string; readonly Attributes?: Readonly<Record<string, string>> };
}

/**
 * Resolves when the engine has begun to tell. An engine that ends ends its stream: that is thrown. It is asked of all
 * containers, for one that was taken over has no label of ours.
 */
export async function watchContainers(
  client: DockerClient,
  owner: Owner,
  signal: AbortSignal,
): Promise<AsyncIterable<InstanceEvent>> {
  if (signal.aborted) return none();
  const filters = { type: ['container' as const], event: told };
  const stream = await client.use((docker) => docker.getEvents({ filters, abortSignal: signal }));
  return read(client, owner, stream as unknown as AsyncIterable<Uint8Array>, signal);
}

async function* none(): AsyncGenerator<InstanceEvent> {}

async function* read(
  client: DockerClient,
  owner: Owner,
  stream: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<InstanceEvent> {
  const cutter = createLineCutter();
  try {
    for await (const chunk of stream)
      for (const line of cutter.push(chunk)) {
        if (signal.aborted) return;
        yield* await eventsIn(line, owner);
      }
  } catch (error) {
    if (signal.aborted) return;
    throw client.explain(error);
  }
  if (!signal.aborted) throw errors.E_EVENTS_ENDED({ what: 'containers' });
}

/** Those in a line of the stream: none where it is about no instance of this installation. */
export async function eventsIn(line: string, owner: Owner): Promise<InstanceEvent[]> {
  if (line.trim() === '') return [];
  const { Action: what, Actor } = JSON.parse(line) as Told;
  const { ID: id, Attributes: attributes = {} } = Actor ?? {};
  if (what === undefined || id === undefined) return [];
  const name = attributes['name'] ?? id;
  const instance = await instanceOf({ id, name, labels: attributes }, owner);
  return instance ? [{ id, name: instance.name, site: instance.site, what }] : [];
}

/** Its labels are the event's attributes; one without any may have been taken over. */
async function instanceOf(
  container: Parameters<typeof parseInstance>[0],
  owner: Owner,
): Promise<Instance | undefined> {
  if (isOurs(container.labels, owner.installation)) return parseInstance(container);
  if (container.labels?.[labels.installation] !== undefined) return undefined;
  return (await owner.adopted()).find(({ id }) => id === container.id);
}
