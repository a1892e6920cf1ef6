/** A plugin whose providers have a named point around every call that changes the world. */
import type { Plugin, RoleName, Roles } from 'octohost';
import type { Faults } from './fault.ts';
import { callName, changes } from './point-names.ts';

type Find = () => Faults | undefined;

export function faulty(plugin: Plugin, faults: Find): Plugin {
  return {
    name: plugin.name,
    setup: (api) =>
      plugin.setup({
        ...api,
        provide: (role, provider) => api.provide(role, faultyProvider(role, provider, faults)),
      }),
  };
}

function faultyProvider<Role extends RoleName>(role: Role, provider: Roles[Role], faults: Find): Roles[Role] {
  return new Proxy(provider, {
    get(target, method) {
      const member: unknown = Reflect.get(target, method, target);
      if (typeof member !== 'function') return member;
      const call = (...words: unknown[]): unknown => Reflect.apply(member, target, words);
      if (typeof method !== 'string' || !changes[role].includes(method)) return call;
      return (...words: unknown[]) => {
        const name = callName(role, method, words);
        const found = name === undefined ? undefined : faults();
        return found && name !== undefined ? found.around(name, async () => call(...words)) : call(...words);
      };
    },
  });
}

/** Taps every hook that tells of a step: there a kill falls between two changes, and an error is a plugin's. */
export function faultyTaps(faults: Find): Plugin {
  const told = [
    'received',
    'built',
    'started',
    'registered',
    'routed',
    'published',
    'retired',
    'failed',
    'settled',
  ] as const;
  return {
    name: 'faulty-taps',
    setup({ hooks }) {
      for (const hook of told)
        hooks[hook].tap('point', async () => faults()?.around(`hook.${hook}`, async () => {}));
    },
  };
}
