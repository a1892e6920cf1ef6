/** A command inside of a container. */
import type { Readable } from 'node:stream';
import type { ExecResult, Instance } from '../../core/index.ts';
import type { DockerClient } from '../shared/docker-client.ts';
import { inspectOwn, type Owner } from './containers.ts';
import { errors } from './errors.ts';
import { logLines } from './log-lines.ts';

const keptLines = 20;

/** Waits until the command has ended and its output is read. The engine cannot end it: an abort only stops waiting. */
export async function execInContainer(
  client: DockerClient,
  owner: Owner,
  instance: Instance,
  command: readonly string[],
  signal: AbortSignal,
): Promise<ExecResult> {
  if (!(await inspectOwn(client, owner, instance))) throw errors.E_INSTANCE_GONE(instance);
  return client.useAlone(signal, async (docker) => {
    const exec = await docker
      .getContainer(instance.id)
      .exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true });
    const lines: string[] = [];
    for await (const { text } of logLines((await exec.start({})) as Readable)) {
      lines.push(text);
      if (lines.length > keptLines) lines.shift();
    }
    signal.throwIfAborted();
    const { ExitCode } = await exec.inspect();
    return { exitCode: ExitCode ?? -1, lines };
  });
}
