/** Registrars that are wrong on purpose. */
import type { CatalogEntry, Registrar } from '../../../core/index.ts';
import { registrarFixture } from '../../testing/memory-fixtures.ts';
import { type RegistrarFixture, registrarSuite } from '../registrar.ts';
import { breeder, type Cage } from './wrong.ts';

const wrong = breeder<RegistrarFixture, Registrar>(registrarFixture, (fixture, change) => ({
  ...fixture,
  registrar: { ...fixture.registrar, ...change(fixture.registrar) },
}));

export const registrars: Cage<RegistrarFixture> = {
  suite: registrarSuite(),
  wrong: [
    wrong(
      'keeps tags of plain letters only',
      'has a service, with every fact, once it is registered, and not once it is deregistered',
      ({ register }) => ({
        register: (service) =>
          register({ ...service, tags: service.tags.filter((tag) => /^[a-z=]+$/.test(tag)) }),
      }),
    ),
    wrong(
      'forgets the check of a service',
      'has a service that was given by hand, which has no instance, and the check of each',
      ({ register }) => ({
        register(service) {
          const { check: _, ...rest } = service;
          return register(rest);
        },
      }),
    ),
    wrong(
      'keeps the tags that an id had first',
      'keeps one entry for each id; the last that was registered with it counts',
      ({ register, list }) => ({
        async register(service) {
          const known = (await list(service.site)).find(({ id }) => id === service.id);
          await register(known ? { ...service, tags: known.tags } : service);
        },
      }),
    ),
    wrong(
      'deregisters only what is there',
      'takes the deregistering of an absent service as done',
      ({ deregister, list }) => ({
        async deregister(id) {
          if (!(await list()).some((entry) => entry.id === id)) throw new Error('not found');
          await deregister(id);
        },
      }),
    ),
    wrong(
      'deregisters all that an id begins',
      'deregisters one service and leaves those beside it',
      ({ deregister, list }) => ({
        async deregister(id) {
          for (const entry of await list()) if (entry.id.startsWith(id)) await deregister(entry.id);
        },
      }),
    ),
    wrong(
      'lists sites by how their names begin',
      'lists a site without those whose names begin with its name',
      ({ list }) => ({
        list: async (site) => (await list()).filter((entry) => entry.site.startsWith(site ?? '')),
      }),
    ),
    wrong(
      'cannot use what it has itself',
      'finds nothing unusable in what it registered itself',
      ({ list }) => ({
        unusable: async (site) =>
          (await list(site)).map(({ id }) => ({ name: id, problem: 'is of an older version' })),
      }),
    ),
    wrong('lists in no order', 'lists all sites, sorted by id', ({ list }) => ({
      list: async (site) => (site === undefined ? (await list()).toReversed() : list(site)),
    })),
    wrong('says that all is well', 'claims to know the health of no service', ({ list }) => ({
      list: async (site) =>
        (await list(site)).map((entry): CatalogEntry => ({ ...entry, health: 'passing' })),
    })),
    wrong(
      'throws where it is told to stop',
      'yields after a service was registered, changed and deregistered, and ends with the signal',
      ({ watch }) => ({
        async *watch(signal) {
          if (signal.aborted) return;
          yield* watch(signal);
          signal.throwIfAborted();
        },
      }),
    ),
    wrong(
      'looks once before it listens to the signal',
      'ends at once with a signal that was aborted before',
      ({ watch }) => ({
        async *watch(signal) {
          yield;
          yield* watch(signal);
        },
      }),
    ),
    {
      what: 'claims to ask services and does not',
      caughtBy: 'finds out that a service answers its check, and that it does not',
      create: registrarFixture,
      suite: registrarSuite({ health: true }),
    },
  ],
};
