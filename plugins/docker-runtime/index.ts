/** Runs instances as containers of a Docker Engine. */
import { totalmem } from 'node:os';
import type { Plugin } from '../../core/index.ts';
import { dockerClient } from '../shared/docker-client.ts';
import { parseDockerHost } from '../shared/docker-host.ts';
import { isOurs } from '../shared/docker-labels.ts';
import { checkDockerOptions } from '../shared/docker-options.ts';
import { attendedCommands } from './attended.ts';
import { engineChecks } from './checks.ts';
import type { ContainerPlace } from './container-spec.ts';
import {
  inspectOwn,
  keepContainer,
  listOwn,
  listRunning,
  listTasks,
  type Owner,
  renameContainer,
  startContainer,
  startTask,
  stopContainer,
} from './containers.ts';
import { watchContainers } from './events.ts';
import { execInContainer } from './exec.ts';
import { listForeign } from './foreign.ts';
import { guardedPaths } from './guarded-paths.ts';
import { instanceState } from './instance-state.ts';
import { readLogs } from './logs.ts';
import { type DockerRuntimeOptions, schema, usualMemoryMegabytes } from './options.ts';
import { listVolumes, removeVolume } from './volumes.ts';

export type { DockerRuntimeOptions } from './options.ts';

/** Provides the role runtime. Throws E_DOCKER_OPTIONS. */
export function dockerRuntime(options: DockerRuntimeOptions = {}): Plugin {
  const { host, ...given } = checkDockerOptions('docker-runtime', schema, options);
  const { namePrefix } = given;
  return {
    name: 'docker-runtime',
    setup(api) {
      const { installation } = api;
      const client = dockerClient(host, installation.environment);
      const id = () => installation.id();
      const address = () => parseDockerHost(host, installation.environment);
      const owner = async (): Promise<Owner> => ({
        installation: await id(),
        adopted: (site) => installation.adopted(site),
      });
      const place = async (): Promise<ContainerPlace> => ({
        installation: await id(),
        ...given,
        memoryMegabytes: given.memoryMegabytes ?? usualMemoryMegabytes(address(), totalmem()),
      });
      api.part({
        name: 'Docker Engine',
        version: async () => (await client.use((docker) => docker.version())).Version,
      });
      for (const check of engineChecks(client, address)) api.check(check);
      api.provide('runtime', {
        start: async (request, context) => startContainer(client, await place(), request, context),
        run: async (request, context) => startTask(client, await place(), request, context),
        tasks: async (site) => listTasks(client, await id(), site),
        get guardedPaths() {
          return guardedPaths(address());
        },
        rename: async (instance, name) =>
          renameContainer(client, { ...(await owner()), namePrefix }, instance, name),
        foreign: () => listForeign(client),
        keep: async (instance) => keepContainer(client, await owner(), instance),
        async inspect(instance) {
          const own = await owner();
          const found = await inspectOwn(client, own, instance);
          const isLocal = address().kind === 'unix';
          return found && instanceState(found, isLocal, !isOurs(found.Config.Labels, own.installation));
        },
        exec: async (instance, command, signal) =>
          execInContainer(client, await owner(), instance, command, signal),
        ...attendedCommands(client, async () => ({ ...(await place()), ...(await owner()) })),
        list: async (site) => listOwn(client, await owner(), site),
        runningIds: async () => listRunning(client, await owner()),
        stop: async (instance, { graceSeconds }) =>
          stopContainer(client, await owner(), instance, graceSeconds),
        async *logs(instance, wanted, signal) {
          yield* readLogs(client, await owner(), instance, wanted, signal);
        },
        watch: async (signal) => watchContainers(client, await owner(), signal),
        volumes: async (site) => listVolumes(client, await id(), site),
        removeVolume: async (name) => removeVolume(client, await id(), name),
      });
    },
  };
}
