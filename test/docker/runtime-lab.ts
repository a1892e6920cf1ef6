/** One installation's runtime on the real engine, and short ways to start, read and wait for its instances. */
import type { Instance, LogOptions, Runtime, StartRequest } from '../../core/index.ts';
import { dockerRuntime } from '../../plugins/docker-runtime/index.ts';
import { baseImage, docker, provided, recorder, startRequest, until } from './lab.ts';

export interface RuntimeLab {
  readonly runtime: Runtime;
  /** An image whose command is a shell script; `changes` are lines of a Dockerfile. */
  readonly imageOf: (script: string, ...changes: string[]) => Promise<string>;
  /** An instance that runs a shell script. */
  readonly start: (
    script: string,
    spec?: Partial<StartRequest['spec']>,
    more?: Partial<Omit<StartRequest, 'spec'>>,
  ) => Promise<Instance>;
  /** Its lines so far, each behind the name of its stream. */
  readonly logsOf: (instance: Instance, options?: LogOptions) => Promise<string[]>;
  readonly ended: (instance: Instance) => Promise<void>;
}

export function runtimeLab(installation: string): RuntimeLab {
  const runtime = provided(dockerRuntime(), 'runtime', installation);
  const imageOf: RuntimeLab['imageOf'] = async (script, ...changes) => {
    const container = await docker.createContainer({ Image: baseImage, Cmd: ['true'] });
    const command = `CMD ${JSON.stringify(['sh', '-c', script])}`;
    const label = `LABEL octohost.installation=${installation}`;
    const { Id } = await container.commit({ changes: [command, label, ...changes].join('\n') });
    await container.remove();
    return Id;
  };
  return {
    runtime,
    imageOf,
    async start(script, spec = {}, more = {}) {
      return runtime.start(startRequest(await imageOf(script), spec, more), recorder().context);
    },
    async logsOf(instance, options = {}) {
      const lines: string[] = [];
      for await (const { stream, text } of runtime.logs(instance, options, new AbortController().signal))
        lines.push(`${stream} ${text}`);
      return lines;
    },
    ended: (instance) =>
      until('the instance has ended', async () => (await runtime.inspect(instance))?.running === false),
  };
}
