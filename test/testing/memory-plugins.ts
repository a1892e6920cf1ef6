/** All roles in memory, and the plugins that provide them. */
import type { Plugin } from '../../core/index.ts';
import { type MemoryBuilder, memoryBuilder } from './memory-builder.ts';
import { type MemoryPublisher, memoryPublisher } from './memory-publisher.ts';
import { type MemoryRegistrar, memoryRegistrar } from './memory-registrar.ts';
import { type MemoryRouter, memoryRouter } from './memory-router.ts';
import { type MemoryRuntime, memoryRuntime } from './memory-runtime.ts';
import { type MemoryStore, memoryStore } from './memory-store.ts';

export interface MemoryRoles {
  readonly builder: MemoryBuilder;
  readonly runtime: MemoryRuntime;
  readonly store: MemoryStore;
  readonly registrar: MemoryRegistrar;
  readonly router: MemoryRouter;
  readonly publisher: MemoryPublisher;
}

/** One provider of each role; those that are given are used. */
export function memoryRoles(given: Partial<MemoryRoles> = {}): MemoryRoles {
  return {
    builder: given.builder ?? memoryBuilder(),
    runtime: given.runtime ?? memoryRuntime(),
    store: given.store ?? memoryStore(),
    registrar: given.registrar ?? memoryRegistrar(),
    router: given.router ?? memoryRouter(),
    publisher: given.publisher ?? memoryPublisher(),
  };
}

export interface MemoryPluginsOptions extends Partial<Omit<MemoryRoles, 'publisher'>> {
  /** False: no publisher. */
  publisher?: MemoryPublisher | false;
}

/**
 * A plugin for each role. Calling it twice with the same roles makes two engines of one installation: each gets a
 * store handle of its own, so that closing one engine leaves the other.
 */
export function memoryPlugins(options: MemoryPluginsOptions = {}): Plugin[] {
  const { publisher, ...given } = options;
  const roles = memoryRoles({ ...given, ...(publisher ? { publisher } : {}) });
  const names = (Object.keys(roles) as (keyof MemoryRoles)[]).filter(
    (role) => role !== 'publisher' || publisher !== false,
  );
  return names.map((role) => ({
    name: `memory-${role}`,
    setup(api) {
      if (role === 'runtime') roles.runtime.knowAdopted(() => api.installation.adopted());
      api.provide(role, role === 'store' ? roles.store.reopen() : roles[role]);
    },
  }));
}
