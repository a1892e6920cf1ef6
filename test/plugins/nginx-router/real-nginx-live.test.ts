/** Routes that change without a reload, on a real nginx with its Lua module. */
import { mkdir, readdir, rmdir, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Domain } from '../../../core/index.ts';
import { liveRoutesIn } from '../../../plugins/nginx-router/live-routes.ts';
import { apply, createLab, type Lab, recordingContext, route, textOf, until } from './lab.ts';

let lab: Lab;

beforeEach(async () => {
  lab = await createLab();
});
afterEach(() => lab.end());

const twoWorkers = () => until('two workers', async () => (await lab.acceptingWorkers()).length === 2);
const body = async () => (await lab.request('app.test', '/')).body;

/** A client that keeps its connection; `reused` says whether it still had it. */
function keptClient() {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return () =>
    new Promise<{ reused: boolean; body: string }>((resolve, reject) => {
      const asked = request({ port: lab.port, headers: { host: 'app.test' }, agent }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on('end', () => resolve({ reused: asked.reusedSocket, body: text }));
      });
      asked.on('error', reject);
      asked.end();
    });
}

describe('a change of instances', () => {
  it('leaves workers and connections of clients as they are, whichever process makes it', async () => {
    await apply(lab.router(), route('app', await lab.upstream('0')));
    await twoWorkers();
    const workers = await lab.acceptingWorkers();
    const ask = keptClient();
    expect(await ask()).toEqual({ reused: false, body: '0' });
    for (const name of ['1', '2', '3']) {
      const prepared = await apply(lab.router(), route('app', await lab.upstream(name)));
      expect(await ask()).toEqual({ reused: true, body: name });
      expect(await textOf(lab.layout.conf)).toBe(prepared.text);
    }
    expect(await lab.acceptingWorkers()).toEqual(workers);
    expect(await readdir(lab.layout.routesDir)).toHaveLength(1);
  });

  it('holds for workers that are started later, and after a new start of nginx', async () => {
    const router = lab.router();
    await apply(router, route('app', await lab.upstream('old')));
    const next = route('app', await lab.upstream('new'));
    await apply(router, next);
    await twoWorkers();
    const workers = await lab.acceptingWorkers();
    for (const pid of workers) process.kill(pid, 'SIGKILL');
    await until('others', async () => {
      const now = await lab.acceptingWorkers();
      return now.length === 2 && !now.some((pid) => workers.includes(pid));
    });
    expect(await body()).toBe('new');

    const master = (await lab.master()) ?? 0;
    process.kill(master, 'SIGTERM');
    await until('the end of nginx', async () => (await lab.master()) === undefined);
    await apply(router, next);
    expect(await body()).toBe('new');
  });

  it('is where a request goes whose body is still on its way', async () => {
    const router = lab.router();
    await apply(router, route('app', await lab.upstream('old')));
    const answer = new Promise<string>((resolve, reject) => {
      const options = {
        port: lab.port,
        method: 'POST',
        headers: { host: 'app.test' },
        agent: false,
      } as const;
      const asked = request(options, (response) => response.on('data', (data) => resolve(String(data))));
      asked.on('error', reject);
      asked.write('first half', () => void finish(() => asked.end('second half')));
    });
    const finish = async (end: () => void) => {
      await apply(router, route('app', await lab.upstream('new')));
      end();
    };
    expect(await answer).toBe('new');
  });

  it('there and back leads to the instances of now, also over a reload in between', async () => {
    const router = lab.router();
    const [app, other] = [route('app', await lab.upstream('1')), route('other', await lab.upstream('other'))];
    const first = await apply(router, app);
    await apply(router, route('app', await lab.upstream('2')));
    await apply(router, app, other);
    const third = await apply(router, route('app', await lab.upstream('3')));
    expect(liveRoutesIn(third.text)?.structure).toBe(liveRoutesIn(first.text)?.structure);
    expect(await body()).toBe('3');
  });

  it('that the workers do not confirm is taken back', async () => {
    const old = await apply(lab.router(), route('app', await lab.upstream('old')));
    const router = lab.router({ confirmSeconds: 0.2 });
    const prepared = await router.prepare([route('app', await lab.upstream('new'))], recordingContext());
    const unreadable = join(lab.layout.routesDir, liveRoutesIn(prepared.text)?.table ?? '');
    await mkdir(unreadable);
    await expect(router.apply(prepared, recordingContext())).rejects.toMatchObject({
      code: 'E_NGINX_UNCONFIRMED',
      message: expect.stringContaining('The old ones are in force'),
    });
    expect(await body()).toBe('old');
    expect(await textOf(lab.layout.conf)).toBe(old.text);
    await rmdir(unreadable);
    await router.apply(prepared, recordingContext());
    expect(await body()).toBe('new');
  });

  it('after one that was killed before it told nginx reloads, for nobody knows what is in force', async () => {
    const router = lab.router();
    await apply(router, route('app', await lab.upstream('old')));
    const lost = await router.prepare([route('app', await lab.upstream('lost'))], recordingContext());
    await writeFile(lab.layout.conf, lost.text);
    await apply(router, route('app', await lab.upstream('new')));
    expect(await body()).toBe('new');
  });

  it('of a site with a file of its own needs no reload either', async () => {
    const router = lab.router();
    await apply(router, { ...route('app', await lab.upstream('old')), maxBodyBytes: 1000 });
    await twoWorkers();
    const workers = await lab.acceptingWorkers();
    await apply(router, { ...route('app', await lab.upstream('new')), maxBodyBytes: 1000 });
    expect(await body()).toBe('new');
    expect(await lab.acceptingWorkers()).toEqual(workers);
  });
});

describe('a change of domains', () => {
  it('leaves workers and connections as they are: a new site, one without instances, one in maintenance, one that is gone', async () => {
    const router = lab.router();
    const [app, other] = [route('app', await lab.upstream('app')), route('new', await lab.upstream('new'))];
    await apply(router, app);
    await twoWorkers();
    const workers = await lab.acceptingWorkers();
    const ask = keptClient();
    await ask();
    const seen: number[] = [];
    for (const routes of [
      [app],
      [app, other],
      [app, route('new')],
      [app, { ...other, maintenance: true as const }],
      [app],
    ]) {
      await apply(router, ...routes);
      seen.push((await lab.request('new.test', '/')).status);
      expect(await ask()).toEqual({ reused: true, body: 'app' });
    }
    expect(seen).toEqual([404, 200, 503, 503, 404]);
    expect(await lab.acceptingWorkers()).toEqual(workers);
  });

  it('of a site with a file of its own reloads, and so does its first file', async () => {
    const router = lab.router();
    const app = route('app', await lab.upstream('app'));
    await apply(router, app);
    await twoWorkers();
    const before = await lab.acceptingWorkers();
    await apply(router, { ...app, maxBodyBytes: 1000 });
    expect(await body()).toBe('app');
    expect((await lab.acceptingWorkers()).filter((pid) => before.includes(pid))).toEqual([]);
  });

  it('leads each host to the site that a map of nginx leads it to', async () => {
    const site = async (name: string, domains: string[], more = {}) => ({
      ...route(name, await lab.upstream(name)),
      domains: domains as Domain[],
      ...more,
    });
    const routes = [
      await site('plain', ['a.test', 'x.wide.test']),
      await site('wide', ['*.wide.test']),
      await site('deep', ['*.deep.wide.test', 'deep.wide.test']),
      await site('own', ['*.own.test'], { maxBodyBytes: 1000 }),
      await site('below', ['b.own.test', 'b.test', '*.below.test']),
      await site('under', ['x.below.test', '*.under.test']),
      await site('last', ['x.under.test']),
    ];
    const hosts = [
      'x.below.test y.below.test below.test x.under.test y.under.test'.split(' '),
      'a.test A.Test a.test. a.test:80 x.a.test wide.test x.wide.test y.wide.test'.split(' '),
      'y.x.wide.test z.y.wide.test deep.wide.test x.deep.wide.test y.x.deep.wide.test'.split(' '),
      'own.test x.own.test b.own.test y.b.own.test b.test test *.wide.test 127.0.0.1'.split(' '),
      `${'l.'.repeat(121)}wide.test ${'l.'.repeat(200)}none.test [::1] _ -.wide.test`.split(' '),
    ].flat();
    const met: unknown[] = [];
    for (const routeChange of ['auto', 'reload'] as const) {
      await apply(lab.router({ routeChange }), ...routes);
      const answers = await Promise.all(hosts.map((host) => lab.request(host, '/')));
      met.push(hosts.map((host, index) => [host, answers[index]?.status, answers[index]?.body]));
    }
    expect(met[0]).toEqual(met[1]);
    expect(new Set((met[0] as unknown[][]).map(([, status]) => status))).toEqual(new Set([200, 404]));
  });
});

describe.each(['auto', 'reload'] as const)('several instances, routeChange: %s', (routeChange) => {
  const ask = (from: string, method = 'GET') => lab.request('app.test', '/', { from, method });

  it('a client stays with one of them; without sticky it meets all', async () => {
    const names = ['a', 'b', 'c'];
    const app = route('app', ...(await Promise.all(names.map((name) => lab.upstream(name)))));
    await apply(lab.router({ routeChange }), app);
    const clients = Array.from({ length: 12 }, (_, index) => `127.0.${index + 1}.1`);
    const met = await Promise.all(
      clients.map(async (from) => new Set([(await ask(from)).body, (await ask(from)).body])),
    );
    expect(met.map(({ size }) => size)).toEqual(clients.map(() => 1));
    expect(new Set(met.flatMap((each) => [...each])).size).toBeGreaterThan(1);

    await apply(lab.router({ routeChange }), { ...app, sticky: false });
    const all = await Promise.all(Array.from({ length: 30 }, () => ask('127.0.0.1')));
    expect(new Set(all.map((answer) => answer.body))).toEqual(new Set(names));
  });

  it('a request that may be sent twice is, where one of them breaks off; a POST is not', async () => {
    let asked = 0;
    const breaking = async () =>
      lab.upstream((incoming) => {
        asked++;
        incoming.socket.destroy();
      });
    const [one, two] = [await breaking(), await breaking()];
    await apply(lab.router({ routeChange }), route('app', one, two));
    expect((await ask('127.0.0.1', 'POST')).status).toBe(502);
    expect(asked).toBe(1);
    expect((await ask('127.0.9.1')).status).toBe(502);
    expect(asked).toBeGreaterThan(1);
  });

  it('a POST that reached none of them goes to the next one', async () => {
    const gone = await lab.upstream('gone');
    await new Promise((resolve) => gone.server.close(resolve));
    await apply(lab.router({ routeChange }), route('app', gone, await lab.upstream('alive')));
    const clients = Array.from({ length: 12 }, (_, index) => `127.0.${index + 1}.1`);
    const answers = await Promise.all(clients.map((from) => ask(from, 'POST')));
    expect(new Set(answers.map((answer) => answer.body))).toEqual(new Set(['alive']));
  });
});

it('before a reload answers close their connections, and nothing else changes', async () => {
  const echo = await lab.upstream((incoming, response) => void incoming.pipe(response));
  const app = { ...route('app', echo), domains: ['app.test' as Domain] };
  await apply(lab.router(), app, { ...route('own', echo), maxBodyBytes: 1000 });
  await writeFile(lab.layout.closing, '');
  for (const host of ['app.test', 'own.test']) {
    const agent = new Agent({ keepAlive: true });
    const answer = await new Promise<{ connection?: string; text: string }>((resolve, reject) => {
      const asked = request({ port: lab.port, method: 'POST', headers: { host }, agent }, (response) => {
        const { connection = '' } = response.headers;
        response.on('data', (data) => resolve({ connection, text: String(data) }));
      });
      asked.on('error', reject);
      asked.end('a body');
    });
    expect(answer).toEqual({ connection: 'close', text: 'a body' });
    agent.destroy();
  }
  await apply(lab.router(), app);
  expect(await readdir(lab.layout.prefix)).not.toContain('closing');
});

it('of a reload whose process was killed right after it, answers stop closing their connections at the next apply', async () => {
  const app = route('app', await lab.upstream('alive'));
  await apply(lab.router(), app);
  await writeFile(lab.layout.closing, '');
  await apply(lab.router(), app);
  expect(await readdir(lab.layout.prefix)).not.toContain('closing');
});
