/** What happens to this installation's containers, as the engine tells it. */
import type { InstanceEvent } from '../../core/index.ts';
import type { DockerClient } from '../shared/docker-client.ts';
import { ownFilter } from '../shared/docker-labels.ts';
import { createLineCutter } from '../shared/docker-lines.ts';
import { errors } from './errors.ts';
import { parseInstance } from './instance-labels.ts';

/** Those after which a container is described otherwise; a health check that says the same again is none of them. */
const told = ['create', 'start', 'die', 'pause', 'unpause', 'health_status', 'rename', 'update', 'destroy'];

/** An event of the engine; of its many fields those that are used. */
interface Told {
  readonly Action?: string;
  readonly Actor?: { readonly ID?: string; readonly Attributes?: Readonly<Record<string, string>> };
}

/** Resolves when the engine has begun to tell. An engine that ends ends its stream: that is thrown. */
export async function watchContainers(
  client: DockerClient,
  installation: string,
  signal: AbortSignal,
): Promise<AsyncIterable<InstanceEvent>> {
  if (signal.aborted) return none();
  const filters = { type: ['container' as const], event: told, ...ownFilter(installation) };
  const stream = await client.use((docker) => docker.getEvents({ filters, abortSignal: signal }));
  return read(client, stream as unknown as AsyncIterable<Uint8Array>, signal);
}

async function* none(): AsyncGenerator<InstanceEvent> {}

async function* read(
  client: DockerClient,
  stream: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<InstanceEvent> {
  const cutter = createLineCutter();
  try {
    for await (const chunk of stream)
      for (const line of cutter.push(chunk)) {
        if (signal.aborted) return;
        yield* parseEvent(line);
      }
  } catch (error) {
    if (signal.aborted) return;
    throw client.explain(error);
  }
  if (!signal.aborted) throw errors.E_EVENTS_ENDED({ what: 'containers' });
}

/** One line of the stream; nothing where it is not about an instance. Its attributes are the container's labels. Pure. */
export function parseEvent(line: string): InstanceEvent[] {
  if (line.trim() === '') return [];
  const { Action: what, Actor } = JSON.parse(line) as Told;
  const { ID: id, Attributes: labels = {} } = Actor ?? {};
  if (what === undefined || id === undefined) return [];
  const instance = parseInstance({ id, name: labels['name'] ?? id, labels });
  return instance ? [{ id, name: instance.name, site: instance.site, what }] : [];
}
