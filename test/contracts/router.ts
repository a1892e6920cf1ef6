/** What every provider of the role router does. */
import type { RequestListener } from 'node:http';
import { expect } from 'vitest';
import type { Domain, PreparedRoutes, Route, Router, SiteName, StepContext } from '../../core/index.ts';
import { selfSigned } from '../helpers/certificates.ts';
import type { Disposable } from './fixture.ts';
import { type LocalServer, startServer } from './server.ts';
import { type Check, registerSuite, type Suite } from './suite.ts';

/** A router to test: nothing is routed yet. */
export interface RouterUnderTest extends Disposable {
  readonly router: Router;
  /** A request as a browser makes it, to wherever the router listens. */
  request(host: string, path: string): Promise<{ status: number; body: string }>;
}

/** What a router may lack. */
export interface RouterCapabilities {
  /** False: it refuses a domain like `*.shop.test`. */
  readonly wildcards: boolean;
  /** False: where an instance does not answer, it asks no other one of the site. */
  readonly failover: boolean;
}

/** What a check has at hand. */
interface Bench {
  readonly under: RouterUnderTest;
  /** An instance that answers so. */
  upstream(answer: string | RequestListener): Promise<LocalServer>;
  /** Puts these routes in force, and no other. */
  apply(...routes: Route[]): Promise<PreparedRoutes>;
}

function routerCheck(name: string, run: (bench: Bench) => Promise<void>): Check<RouterUnderTest> {
  return {
    name,
    async run(under) {
      const upstreams: LocalServer[] = [];
      try {
        await run({
          under,
          async upstream(answer) {
            const started = await startUpstream(answer);
            upstreams.push(started);
            return started;
          },
          async apply(...routes) {
            const prepared = await under.router.prepare(routes, context());
            await under.router.apply(prepared, context());
            return prepared;
          },
        });
      } finally {
        await Promise.all(upstreams.map(({ stop }) => stop()));
      }
    },
  };
}

const hostileRoutes: readonly { readonly what: string; readonly change: Partial<Route> }[] = [
  {
    what: 'a domain with configuration in it',
    change: { domains: ['x.test; return 301 http://evil' as Domain] },
  },
  { what: 'an address that is a name', change: { upstreams: [{ address: 'evil.test', port: 80 }] } },
  { what: 'a port that is none', change: { upstreams: [{ address: '127.0.0.1', port: 0 }] } },
];

const always: readonly Check<RouterUnderTest>[] = [
  routerCheck(
    'leads each domain of a site to its instance once apply has returned',
    async ({ under, upstream, apply }) => {
      const one = await upstream('one');
      const two = await upstream('two');
      await apply(route('one', ['one.test', 'www.one.test'], one), route('two', ['two.test'], two));

      const answers = await Promise.all(
        ['one.test', 'www.one.test', 'two.test'].map((host) => under.request(host, '/')),
      );
      expect(answers.map(({ body }) => body)).toEqual(['one', 'one', 'two']);
    },
  ),

  routerCheck(
    'renders routes without putting anything in force, equal ones equally, and shows no key',
    async ({ under, upstream, apply }) => {
      const app = await upstream('app');
      await apply(route('app', ['app.test'], app));
      const tls = selfSigned('next.test');
      const next = { ...route('app', ['next.test', 'www.next.test'], app), tls };
      const text = await under.router.render([next, route('b', ['b.test'])]);
      const turned = { ...next, domains: next.domains.toReversed() };
      expect(await under.router.render([route('b', ['b.test']), turned])).toBe(text);
      expect(text).toContain('next.test');
      expect(text).toContain(String(app.port));
      expect(text).not.toContain('PRIVATE KEY');
      expect(await under.router.render([next])).not.toBe(text);
      expect(await under.request('app.test', '/')).toMatchObject({ status: 200, body: 'app' });
      expect((await under.request('next.test', '/')).status).toBe(404);
    },
  ),

  routerCheck(
    'answers 503 with a page for a site in maintenance, whatever is asked, and for no other',
    async ({ under, upstream, apply }) => {
      const [app, other] = [await upstream('app'), await upstream('other')];
      const others = route('other', ['other.test'], other);
      await apply({ ...route('app', ['app.test'], app), maintenance: true }, others);
      for (const path of ['/', '/any/path?x=1']) {
        const { status, body } = await under.request('app.test', path);
        expect({ status, page: body !== '' && body !== 'app' }).toEqual({ status: 503, page: true });
      }
      expect(await under.request('other.test', '/')).toMatchObject({ status: 200, body: 'other' });
      await apply({ ...route('app', ['app.test']), maintenance: true }, others);
      expect((await under.request('app.test', '/')).body).not.toBe('');
      await apply(route('app', ['app.test'], app), others);
      expect(await under.request('app.test', '/')).toMatchObject({ status: 200, body: 'app' });
    },
  ),

  routerCheck('changes nothing that serves while it prepares', async ({ under, upstream, apply }) => {
    const old = await upstream('old');
    const next = await upstream('next');
    await apply(route('app', ['app.test'], old));
    await under.router.prepare([route('app', ['app.test'], next)], context());
    expect(await under.request('app.test', '/')).toMatchObject({ status: 200, body: 'old' });
  }),

  routerCheck(
    'answers every request after apply by the new instance, and by the old one again after going back',
    async ({ under, upstream, apply }) => {
      const old = await upstream('old');
      const next = await upstream('next');
      const before = await apply(route('app', ['app.test'], old));
      await apply(route('app', ['app.test'], next));
      expect(await bodies(under, 40)).toEqual(new Set(['next']));
      await under.router.apply(before, context());
      expect(await bodies(under, 40)).toEqual(new Set(['old']));
    },
  ),

  routerCheck(
    'gives equal routes in any order the same generation, and other routes another one',
    async ({ under }) => {
      const a = route('a', ['a.test', 'www.a.test'], { address: '127.0.0.1', port: 20_001 });
      const b = route('b', ['b.test'], { address: '127.0.0.1', port: 20_002 });
      const turned = { ...a, domains: a.domains.toReversed() };
      const moved = { ...b, upstreams: [{ address: '127.0.0.1', port: 20_003 }] };
      const [first, second, third] = await Promise.all(
        [
          [a, b],
          [b, turned],
          [a, moved],
        ].map((routes) => under.router.prepare(routes, context())),
      );
      expect(second?.generation).toBe(first?.generation);
      expect(third?.generation).not.toBe(first?.generation);
    },
  ),

  routerCheck(
    'goes on serving when the generation in force is applied again',
    async ({ under, upstream, apply }) => {
      const prepared = await apply(route('app', ['app.test'], await upstream('app')));
      await under.router.apply(prepared, context());
      expect(await under.request('app.test', '/')).toMatchObject({ status: 200, body: 'app' });
    },
  ),

  routerCheck(
    'answers 404 for a host that no site has, and 503 for a site without an instance',
    async ({ under, upstream, apply }) => {
      const app = await upstream('app');
      await apply(route('app', ['app.test'], app), route('idle', ['idle.test']));
      expect((await under.request('nobody.test', '/')).status).toBe(404);
      expect((await under.request('idle.test', '/')).status).toBe(503);
    },
  ),

  routerCheck('answers 404 where a route was taken away', async ({ under, upstream, apply }) => {
    const app = await upstream('app');
    await apply(route('app', ['app.test'], app), route('gone', ['gone.test'], app));
    await apply(route('app', ['app.test'], app));
    expect((await under.request('gone.test', '/')).status).toBe(404);
    expect((await under.request('app.test', '/')).status).toBe(200);
  }),

  routerCheck(
    'says that it serves, before it was given routes and after',
    async ({ under, upstream, apply }) => {
      expect(await under.router.serves()).toBe(true);
      await apply(route('app', ['app.test'], await upstream('app')));
      expect(await under.router.serves()).toBe(true);
    },
  ),

  routerCheck('says which routes are in force', async ({ under, upstream, apply }) => {
    const app = await upstream('app');
    const second = await under.router.prepare([route('app', ['next.test'], app)], context());
    const first = await apply(route('app', ['app.test'], app));
    expect(await under.router.isInForce(first)).toBe(true);
    expect(await under.router.isInForce(second)).toBe(false);
    await under.router.apply(second, context());
    expect(await under.router.isInForce(first)).toBe(false);
    expect(await under.router.isInForce(second)).toBe(true);
  }),

  routerCheck('leads nowhere without routes', async ({ under, apply }) => {
    await apply();
    expect((await under.request('app.test', '/')).status).toBe(404);
  }),

  ...hostileRoutes.map(({ what, change }) =>
    routerCheck(`refuses ${what}, and what served serves on`, async ({ under, upstream, apply }) => {
      const app = await upstream('app');
      await apply(route('app', ['app.test'], app));
      const hostile = { ...route('bad', ['bad.test'], app), ...change };
      await expect(under.router.prepare([hostile], context())).rejects.toThrow();
      expect(await under.request('app.test', '/')).toMatchObject({ status: 200, body: 'app' });
    }),
  ),

  routerCheck(
    'leaves the old routes in force when it was told to stop before it began',
    async ({ under, upstream, apply }) => {
      const old = await upstream('old');
      const next = await upstream('next');
      await apply(route('app', ['app.test'], old));
      const prepared = await under.router.prepare([route('app', ['app.test'], next)], context());
      // Whatever preparing did, these are in force now.
      await apply(route('app', ['app.test', 'www.app.test'], old));
      await expect(under.router.apply(prepared, context(AbortSignal.abort()))).rejects.toThrow();
      expect(await under.request('app.test', '/')).toMatchObject({ body: 'old' });
    },
  ),

  routerCheck(
    'lets a request that is being answered end under the old routes, and is drained only then or when told to stop waiting',
    async ({ under, upstream, apply }) => {
      const slow = deferred();
      const old = await upstream((_, response) => {
        slow.arrived();
        void slow.finish.then(() => response.end('slow'));
      });
      await apply(route('app', ['app.test'], old));
      const answer = under.request('app.test', '/');
      await slow.hasArrived;
      await apply(route('app', ['app.test'], await upstream('next')));

      const patience = AbortSignal.timeout(200);
      await under.router.drained([old], patience);
      expect(patience.aborted).toBe(true);
      expect(await under.request('app.test', '/')).toMatchObject({ body: 'next' });
      slow.end();
      expect(await answer).toMatchObject({ status: 200, body: 'slow' });
      await under.router.drained([old], new AbortController().signal);
    },
  ),
];

const withWildcards = routerCheck(
  'leads every name below a wildcard to its site, but for those that a route has by name',
  async ({ under, upstream, apply }) => {
    const wide = await upstream('wide');
    const deep = await upstream('deep');
    const exact = await upstream('exact');
    await apply(
      route('wide', ['*.shop.test'], wide),
      route('deep', ['*.eu.shop.test'], deep),
      route('exact', ['www.shop.test'], exact),
    );
    const hosts = ['a.shop.test', 'b.a.shop.test', 'a.eu.shop.test', 'www.shop.test', 'shop.test'];
    const answers = await Promise.all(hosts.map((host) => under.request(host, '/')));
    expect(answers.slice(0, 4).map(({ body }) => body)).toEqual(['wide', 'wide', 'deep', 'exact']);
    expect(answers[4]).toMatchObject({ status: 404 });
  },
);

const withoutWildcards = routerCheck(
  'refuses a wildcard, and what served serves on',
  async ({ under, upstream, apply }) => {
    const app = await upstream('app');
    await apply(route('app', ['app.test'], app));
    await expect(under.router.prepare([route('wide', ['*.shop.test'], app)], context())).rejects.toThrow();
    expect(await under.request('app.test', '/')).toMatchObject({ status: 200, body: 'app' });
  },
);

const withFailover = routerCheck(
  'answers by a living instance where another one of the site does not listen',
  async ({ under, upstream, apply }) => {
    const dead = await startUpstream('dead');
    await dead.stop();
    await apply(route('app', ['app.test'], dead, await upstream('alive')));
    expect(await bodies(under, 10)).toEqual(new Set(['alive']));
  },
);

export function routerSuite(capabilities: Partial<RouterCapabilities> = {}): Suite<RouterUnderTest> {
  const { wildcards, failover } = { wildcards: true, failover: true, ...capabilities };
  return {
    role: 'router',
    seconds: 120,
    fixtureEach: true,
    checks: [...always, wildcards ? withWildcards : withoutWildcards, ...(failover ? [withFailover] : [])],
  };
}

/** Registers the suite with vitest. `create` is called for each check. */
export function routerContract(
  name: string,
  create: () => Promise<RouterUnderTest>,
  capabilities?: Partial<RouterCapabilities>,
): void {
  registerSuite(routerSuite(capabilities), name, create);
}

function route(site: string, domains: string[], ...upstreams: { address: string; port: number }[]): Route {
  return {
    site: site as SiteName,
    domains: domains as Domain[],
    upstreams: upstreams.map(({ address, port }) => ({ address, port })),
  };
}

function context(signal = new AbortController().signal): StepContext {
  return { signal, output: () => {}, warn: () => {} };
}

async function bodies(under: RouterUnderTest, count: number): Promise<Set<string>> {
  const answers = await Promise.all(Array.from({ length: count }, () => under.request('app.test', '/')));
  return new Set(answers.map(({ body }) => body));
}

function startUpstream(answer: string | RequestListener): Promise<LocalServer> {
  return startServer(typeof answer === 'string' ? (_, response) => void response.end(answer) : answer);
}

/** A request that is answered when the test says so. */
function deferred() {
  const arrival = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  return { arrived: arrival.resolve, hasArrived: arrival.promise, end: end.resolve, finish: end.promise };
}
