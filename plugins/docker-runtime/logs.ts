/** The logs of one instance. */
import type { Readable } from 'node:stream';
import type { LogLine, LogOptions, Task } from '../../core/index.ts';
import type { DockerClient } from '../shared/docker-client.ts';
import { statusOf } from '../shared/docker-errors.ts';
import { inspectOwn, type Owner } from './containers.ts';
import { logLines } from './log-lines.ts';

/** Ends with the log, or when the signal aborts; yields nothing where the instance is gone. */
export async function* readLogs(
  client: DockerClient,
  owner: Owner,
  instance: Task,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  if (signal.aborted || !(await inspectOwn(client, owner, instance))) return;
  try {
    const chunks = options.follow
      ? await openFollowed(client, instance, options, signal)
      : once(await client.use((docker) => docker.getContainer(instance.id).logs(wanted(options))));
    for await (const line of logLines(chunks)) {
      if (signal.aborted) return;
      yield { instance: instance.name, ...line };
    }
  } catch (error) {
    if (signal.aborted || statusOf(error) === 404) return;
    throw client.explain(error);
  }
}

/** What the engine is asked for; its times are seconds. Pure. */
export function wanted({ tail, since }: LogOptions) {
  return {
    stdout: true,
    stderr: true,
    ...(tail === undefined ? {} : { tail }),
    ...(since === undefined ? {} : { since: since / 1000 }),
  };
}

async function openFollowed(
  client: DockerClient,
  instance: Task,
  options: LogOptions,
  signal: AbortSignal,
): Promise<Readable> {
  const stream = await client.use((docker) =>
    docker.getContainer(instance.id).logs({ ...wanted(options), follow: true, abortSignal: signal }),
  );
  return stream as Readable;
}

async function* once(chunk: Buffer): AsyncGenerator<Buffer> {
  yield chunk;
}
