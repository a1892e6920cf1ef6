/** The role router in memory: keeps the routes in force, and leads real requests to the instances behind them. */
import { createHash } from 'node:crypto';
import { get } from 'node:http';
import { isIP } from 'node:net';
import { text } from 'node:stream/consumers';
import { isWildcard, parseOwnDomain, type Route, type Router } from '../../core/index.ts';
import { type Observed, observe } from './observe.ts';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export type MemoryRouter = Observed<Router> & {
  /** What `apply` last put in force. */
  inForce(): readonly Route[];
  /** Every generation that was put in force, oldest first; applying the one in force again adds none. */
  readonly generations: readonly string[];
  /** `address:port` of everything that answers for a domain; undefined where no route has it. */
  upstreamsOf(domain: string): string[] | undefined;
  /** A request as a browser makes it: 404 without a route, 503 without an upstream, 502 where none answers. */
  request(host: string, path?: string): Promise<Answer>;
  /** From now on this site's route cannot be taken; undefined: it can again. */
  refuse(site: string, error: Error | undefined): void;
  /** It is killed: it answers nothing until routes are applied again. */
  kill(): void;
  /** A request that is accepted under the routes in force and goes on until the returned function is called. */
  hold(): () => void;
};

export function memoryRouter(): MemoryRouter {
  let routes: readonly Route[] = [];
  let killed = false;
  const generations: string[] = [];
  const refusals = new Map<string, Error>();
  const held = new Set<{ generation: string | undefined; ended: Promise<void> }>();
  const router: Router = {
    render: async (wanted) =>
      wanted
        .flatMap(({ site, domains, upstreams }) =>
          domains.map(
            (domain) =>
              `${domain} ${site}:${upstreams
                .map(({ port }) => ` ${port}`)
                .toSorted()
                .join('')}`,
          ),
        )
        .toSorted()
        .join('\n'),
    async prepare(wanted, { signal }) {
      signal.throwIfAborted();
      for (const route of wanted) checkRoute(route);
      const taken = wanted.flatMap((route) =>
        refusals.has(route.site) ? routes.filter(({ site }) => site === route.site) : [route],
      );
      const canonical = JSON.stringify(taken.map(sortRoute).toSorted((a, b) => (a.site < b.site ? -1 : 1)));
      const refused = wanted.flatMap(({ site }) => {
        const error = refusals.get(site);
        return error ? [{ site, error }] : [];
      });
      return { generation: createHash('sha256').update(canonical).digest('hex'), text: canonical, refused };
    },
    isInForce: async ({ generation }) => !killed && generations.at(-1) === generation,
    async apply({ generation, text: prepared }, { signal }) {
      signal.throwIfAborted();
      killed = false;
      if (generations.at(-1) === generation) return;
      routes = JSON.parse(prepared) as Route[];
      generations.push(generation);
    },
    serves: async () => !killed,
    async drained(_, signal) {
      const older = [...held].filter(({ generation }) => generation !== generations.at(-1));
      await Promise.race([aborted(signal), Promise.all(older.map(({ ended }) => ended))]);
    },
  };
  const hold = () => {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const request = { generation: generations.at(-1), ended };
    held.add(request);
    return () => {
      held.delete(request);
      resolve();
    };
  };
  const routeOf = (domain: string) => strongestRoute(routes, domain);
  return {
    ...observe(router),
    inForce: () => routes,
    generations,
    refuse: (site, error) => void (error ? refusals.set(site, error) : refusals.delete(site)),
    upstreamsOf: (domain) => routeOf(domain)?.upstreams.map(({ address, port }) => `${address}:${port}`),
    hold,
    kill() {
      killed = true;
    },
    async request(host, path = '/') {
      if (killed) return { status: 0, body: '' };
      const release = hold();
      try {
        return await answer(routeOf(host), host, path);
      } finally {
        release();
      }
    },
  };
}

/** The route with exactly this domain, else the one with the longest wildcard above it. */
function strongestRoute(routes: readonly Route[], domain: string): Route | undefined {
  const meant = routes.flatMap((route) => route.domains.map((name) => ({ route, name })));
  const above = meant
    .filter(({ name }) => isWildcard(name) && domain.endsWith(name.slice(1)))
    .toSorted((a, b) => b.name.length - a.name.length);
  return (meant.find(({ name }) => name === domain) ?? above[0])?.route;
}

/** The order of sites, domains and upstreams makes no other configuration. */
function sortRoute({ domains, upstreams, ...route }: Route): Route {
  return {
    ...route,
    domains: domains.toSorted(),
    upstreams: upstreams.map(({ address, port }) => ({ address, port })).toSorted(byText),
  };
}

function byText(a: object, b: object): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

function checkRoute({ site, domains, upstreams }: Route): void {
  const bad = upstreams.find(
    ({ address, port }) => isIP(address) === 0 || !Number.isInteger(port) || port < 1 || port > 65_535,
  );
  if (bad) throw new Error(`The route of ${site} leads to ${bad.address}:${bad.port}, which is no address.`);
  for (const domain of domains) parseOwnDomain(domain);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function answer(route: Route | undefined, host: string, path: string): Promise<Answer> {
  if (!route) return { status: 404, body: '' };
  if (route.maintenance) return { status: 503, body: 'in maintenance' };
  if (route.upstreams.length === 0) return { status: 503, body: '' };
  for (const upstream of route.upstreams) {
    const answered = await ask(upstream, host, path);
    if (answered) return answered;
  }
  return { status: 502, body: '' };
}

function ask({ address, port }: Route['upstreams'][number], host: string, path: string) {
  return new Promise<Answer | undefined>((resolve) => {
    const asked = get({ host: address, port, path, headers: { host }, agent: false }, (response) => {
      const { statusCode: status = 0 } = response;
      text(response).then(
        (body) => resolve({ status, body }),
        () => resolve(undefined),
      );
    });
    asked.on('error', () => resolve(undefined));
  });
}
