/** A real Consul server in a folder of its own, for tests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConsulOptions, freePorts, startConsul, stopConsul } from '../../cli/dev/consul-server.ts';
import type { PluginApi, Registrar, Store } from '../../core/index.ts';
import { consul, type ConsulOptions as PluginOptions } from '../../plugins/consul/index.ts';

export interface ConsulLab {
  readonly address: string;
  readonly dir: string;
  /** Ends it; `start` brings it back with its data at the same address. */
  stop(): Promise<void>;
  start(): Promise<void>;
  dispose(): Promise<void>;
}

/** @param more of Consul's configuration @param morePorts of it */
export async function consulLab(
  more: ConsulOptions['more'] = {},
  morePorts: Readonly<Record<string, number>> = {},
): Promise<ConsulLab> {
  const dir = await mkdtemp(join(tmpdir(), 'octo-c-'));
  const ports = await freePorts();
  const start = () => startConsul({ dir, ports, more, morePorts });
  const address = await start();
  return {
    address,
    dir,
    stop: () => stopConsul({ dir, grace: false }),
    start: async () => void (await start()),
    async dispose() {
      await stopConsul({ dir, grace: false });
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** What the plugin provides. @param installation whose services the registrar knows */
export function provided(
  options: PluginOptions,
  installation = '0a1b2c3d',
): { store: Store; registrar: Registrar } {
  const roles: Partial<{ store: Store; registrar: Registrar }> = {};
  const api = {
    installation: { id: async () => installation, environment: {} },
    part: () => {},
    check: () => {},
    provide: (role: 'store' | 'registrar', provider: never) => {
      roles[role] = provider;
    },
  };
  consul(options).setup(api as unknown as PluginApi);
  return roles as Required<typeof roles>;
}
