/** What every provider of the role router does. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Domain, Route, Router, SiteName, StepContext } from '../../core/index.ts';
import { selfSigned } from '../helpers/certificates.ts';

/** A router to test: nothing is routed yet. */
export interface RouterUnderTest {
  readonly router: Router;
  /** A request as a browser makes it, to wherever the router listens. */
  request(host: string, path: string): Promise<{ status: number; body: string }>;
  /** Ends everything that was started for it. */
  dispose(): Promise<void>;
}

/** An instance that the test runs itself. */
interface Upstream {
  readonly address: string;
  readonly port: number;
  readonly server: Server;
}

/** Registers the suite. `create` is called for each test. */
export function routerContract(name: string, create: () => Promise<RouterUnderTest>): void {
  describe(`the router ${name}`, () => {
    let under: RouterUnderTest;
    const upstreams: Upstream[] = [];

    const upstream = async (answer: string | RequestListener) => {
      const started = await startUpstream(answer);
      upstreams.push(started);
      return started;
    };
    const apply = async (...routes: Route[]) => {
      const prepared = await under.router.prepare(routes, context());
      await under.router.apply(prepared, context());
      return prepared;
    };

    beforeEach(async () => {
      under = await create();
    });
    afterEach(async () => {
      await under.dispose();
      for (const { server } of upstreams.splice(0)) await stopUpstream(server);
    });

    it('leads each domain of a site to its instance once apply has returned', async () => {
      const one = await upstream('one');
      const two = await upstream('two');
      await apply(route('one', ['one.test', 'www.one.test'], one), route('two', ['two.test'], two));

      const answers = await Promise.all(
        ['one.test', 'www.one.test', 'two.test'].map((host) => under.request(host, '/')),
      );
      expect(answers.map(({ body }) => body)).toEqual(['one', 'one', 'two']);
    });

    it('leads every name below a wildcard to its site, but for those that a route has by name', async () => {
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
    });

    it('renders routes without putting anything in force, equal ones equally, and shows no key', async () => {
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
    });

    it('changes nothing that serves while it prepares', async () => {
      const old = await upstream('old');
      const next = await upstream('next');
      await apply(route('app', ['app.test'], old));
      await under.router.prepare([route('app', ['app.test'], next)], context());
      expect(await under.request('app.test', '/')).toMatchObject({ status: 200, body: 'old' });
    });

    it('answers every request after apply by the new instance, and by the old one again after going back', async () => {
      const old = await upstream('old');
      const next = await upstream('next');
      const before = await apply(route('app', ['app.test'], old));
      await apply(route('app', ['app.test'], next));
      expect(await bodies(under, 40)).toEqual(new Set(['next']));
      await under.router.apply(before, context());
      expect(await bodies(under, 40)).toEqual(new Set(['old']));
    });

    it('gives equal routes in any order the same generation, and other routes another one', async () => {
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
    });

    it('goes on serving when the generation in force is applied again', async () => {
      const prepared = await apply(route('app', ['app.test'], await upstream('app')));
      await under.router.apply(prepared, context());
      expect(await under.request('app.test', '/')).toMatchObject({ status: 200, body: 'app' });
    });

    it('answers 404 for a host that no site has, and 503 for a site without an instance', async () => {
      const app = await upstream('app');
      await apply(route('app', ['app.test'], app), route('idle', ['idle.test']));
      expect((await under.request('nobody.test', '/')).status).toBe(404);
      expect((await under.request('idle.test', '/')).status).toBe(503);
    });

    it('answers 404 where a route was taken away', async () => {
      const app = await upstream('app');
      await apply(route('app', ['app.test'], app), route('gone', ['gone.test'], app));
      await apply(route('app', ['app.test'], app));
      expect((await under.request('gone.test', '/')).status).toBe(404);
      expect((await under.request('app.test', '/')).status).toBe(200);
    });

    it('answers by a living instance where another one of the site does not listen', async () => {
      const dead = await startUpstream('dead');
      await stopUpstream(dead.server);
      await apply(route('app', ['app.test'], dead, await upstream('alive')));
      expect(await bodies(under, 10)).toEqual(new Set(['alive']));
    });

    it('says that it serves, before it was given routes and after', async () => {
      expect(await under.router.serves()).toBe(true);
      await apply(route('app', ['app.test'], await upstream('app')));
      expect(await under.router.serves()).toBe(true);
    });

    it('leads nowhere without routes', async () => {
      await apply();
      expect((await under.request('app.test', '/')).status).toBe(404);
    });

    it.each([
      {
        what: 'a domain with configuration in it',
        change: { domains: ['x.test; return 301 http://evil' as Domain] },
      },
      { what: 'an address that is a name', change: { upstreams: [{ address: 'evil.test', port: 80 }] } },
      { what: 'a port that is none', change: { upstreams: [{ address: '127.0.0.1', port: 0 }] } },
    ])('refuses $what, and what served serves on', async ({ change }) => {
      const app = await upstream('app');
      await apply(route('app', ['app.test'], app));
      const hostile = { ...route('bad', ['bad.test'], app), ...change };
      await expect(under.router.prepare([hostile], context())).rejects.toThrow();
      expect(await under.request('app.test', '/')).toMatchObject({ status: 200, body: 'app' });
    });

    it('leaves the old routes in force when it was told to stop before it began', async () => {
      const old = await upstream('old');
      const next = await upstream('next');
      await apply(route('app', ['app.test'], old));
      const prepared = await under.router.prepare([route('app', ['app.test'], next)], context());
      await expect(under.router.apply(prepared, context(AbortSignal.abort()))).rejects.toThrow();
      expect(await under.request('app.test', '/')).toMatchObject({ body: 'old' });
    });

    it('lets a request that is being answered end under the old routes, and is drained only then or when told to stop waiting', async () => {
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
    });
  });
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

async function startUpstream(answer: string | RequestListener): Promise<Upstream> {
  const listener: RequestListener =
    typeof answer === 'string' ? (_, response) => void response.end(answer) : answer;
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { address: '127.0.0.1', port: (server.address() as AddressInfo).port, server };
}

async function stopUpstream(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

/** A request that is answered when the test says so. */
function deferred() {
  const arrival = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  return { arrived: arrival.resolve, hasArrived: arrival.promise, end: end.resolve, finish: end.promise };
}
