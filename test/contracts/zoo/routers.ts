/** Routers that are wrong on purpose. */
import { isIP } from 'node:net';
import type { Route, Router } from '../../../core/index.ts';
import { routerFixture } from '../../testing/memory-fixtures.ts';
import { type RouterUnderTest, routerSuite } from '../router.ts';
import { breeder, type Cage } from './wrong.ts';

const wrong = breeder<RouterUnderTest, Router>(routerFixture, (fixture, change) => ({
  ...fixture,
  router: { ...fixture.router, ...change(fixture.router) },
}));

/** One that prepares other routes than it was given. */
const preparing =
  (change: (routes: readonly Route[]) => readonly Route[]) =>
  ({ prepare }: Router): Partial<Router> => ({
    prepare: (routes, context) => prepare(change(routes), context),
  });

const covers = (wildcard: string, domain: string) =>
  wildcard.startsWith('*') && wildcard !== domain && domain.endsWith(wildcard.slice(1));

export const routers: Cage<RouterUnderTest> = {
  suite: routerSuite(),
  wrong: [
    wrong(
      'leads one domain of a site',
      'leads each domain of a site to its instance once apply has returned',
      preparing((routes) =>
        routes.map((route) => ({ ...route, domains: route.domains.toSorted().slice(0, 1) })),
      ),
    ),
    wrong(
      'takes a wildcard before a name',
      'leads every name below a wildcard to its site, but for those that a route has by name',
      preparing((routes) => {
        const all = routes.flatMap(({ domains }) => domains);
        return routes.map((route) => ({
          ...route,
          domains: route.domains.filter((domain) => !all.some((other) => covers(other, domain))),
        }));
      }),
    ),
    wrong(
      'leads requests to a site in maintenance',
      'answers 503 with a page for a site in maintenance, whatever is asked, and for no other',
      preparing((routes) =>
        routes.map((route) => {
          const { maintenance: _, ...rest } = route;
          return rest;
        }),
      ),
    ),
    wrong(
      'shows the key of a certificate',
      'renders routes without putting anything in force, equal ones equally, and shows no key',
      ({ render }) => ({
        render: async (routes) =>
          [await render(routes), ...routes.map(({ tls }) => tls?.key ?? '')].join('\n'),
      }),
    ),
    wrong(
      'puts in force what it prepares',
      'changes nothing that serves while it prepares',
      ({ prepare, apply }) => ({
        async prepare(routes, context) {
          const prepared = await prepare(routes, context);
          await apply(prepared, context);
          return prepared;
        },
      }),
    ),
    wrong(
      'does not go back to what it had',
      'answers every request after apply by the new instance, and by the old one again after going back',
      ({ apply }) => {
        const seen = new Set<string>();
        let last = '';
        return {
          async apply(prepared, context) {
            context.signal.throwIfAborted();
            if (seen.has(prepared.generation) && prepared.generation !== last && seen.size > 1) return;
            seen.add(prepared.generation);
            last = prepared.generation;
            await apply(prepared, context);
          },
        };
      },
    ),
    wrong(
      'counts its generations',
      'gives equal routes in any order the same generation, and other routes another one',
      ({ prepare }) => {
        let count = 0;
        return {
          async prepare(routes, context) {
            return { ...(await prepare(routes, context)), generation: String(++count) };
          },
        };
      },
    ),
    wrong(
      'empties itself when it is given the same again',
      'goes on serving when the generation in force is applied again',
      ({ prepare, apply }) => {
        let last = '';
        return {
          async apply(prepared, context) {
            const again = prepared.generation === last;
            last = prepared.generation;
            await apply(again ? await prepare([], context) : prepared, context);
          },
        };
      },
    ),
    wrong(
      'knows no site without an instance',
      'answers 404 for a host that no site has, and 503 for a site without an instance',
      preparing((routes) =>
        routes.filter(({ upstreams, maintenance }) => upstreams.length > 0 || maintenance),
      ),
    ),
    wrong('keeps a route that was taken away', 'answers 404 where a route was taken away', ({ prepare }) => {
      let known: readonly Route[] = [];
      return {
        prepare(routes, context) {
          known = [...routes, ...known.filter(({ site }) => !routes.some((route) => route.site === site))];
          return prepare(known, context);
        },
      };
    }),
    wrong(
      'asks the first instance only',
      'answers by a living instance where another one of the site does not listen',
      preparing((routes) => routes.map((route) => ({ ...route, upstreams: route.upstreams.slice(0, 1) }))),
    ),
    wrong(
      'serves from the first routes on',
      'says that it serves, before it was given routes and after',
      ({ apply }) => {
        let given = false;
        return {
          async apply(prepared, context) {
            given = true;
            await apply(prepared, context);
          },
          serves: async () => given,
        };
      },
    ),
    wrong('takes everything for what is in force', 'says which routes are in force', () => ({
      isInForce: async () => true,
    })),
    wrong('needs a route', 'leads nowhere without routes', ({ prepare }) => ({
      async prepare(routes, context) {
        if (routes.length === 0) throw new Error('nothing to do');
        return prepare(routes, context);
      },
    })),
    wrong(
      'looks names up',
      'refuses an address that is a name, and what served serves on',
      preparing((routes) =>
        routes.map((route) => ({
          ...route,
          upstreams: route.upstreams.map(({ address, port }) => ({
            address: isIP(address) ? address : '127.0.0.1',
            port,
          })),
        })),
      ),
    ),
    wrong(
      'does not hear that it should stop',
      'leaves the old routes in force when it was told to stop before it began',
      ({ apply }) => ({
        apply: (prepared, context) => apply(prepared, { ...context, signal: new AbortController().signal }),
      }),
    ),
    wrong(
      'waits for nobody',
      'lets a request that is being answered end under the old routes, and is drained only then or when told to stop waiting',
      () => ({ drained: async () => {} }),
    ),
    {
      what: 'claims to take no wildcard and does',
      caughtBy: 'refuses a wildcard, and what served serves on',
      create: routerFixture,
      suite: routerSuite({ wildcards: false }),
    },
  ],
};
