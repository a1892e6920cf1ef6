/** What a change of routes does to the processes and files of a real nginx. */
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generationInForce } from '../../../plugins/nginx-router/status.ts';
import { apply, createLab, type Lab, recordingContext, route, textOf, until } from './lab.ts';

let lab: Lab;

beforeEach(async () => {
  lab = await createLab();
});
afterEach(() => lab.end());

const ownFile = () => join(lab.layout.operatorDir, 'own.conf');
const ownServer = (text: string) =>
  `server { listen 127.0.0.1:${lab.port}; server_name own.test; return 200 ${text}; }\n`;

describe('rendering for people', () => {
  it('writes nothing, not even a folder, and shows the files of sites with what they include', async () => {
    const files = async () => (await readdir(lab.layout.prefix).catch((): string[] => [])).toSorted();
    const before = await files();
    const app = { ...route('app', await lab.upstream('app')), maxBodyBytes: 5 };
    const text = await lab.router().render([app]);
    expect(text).toContain('app.test');
    expect(text).toMatch(/^# app$/m);
    expect(text).toContain('client_max_body_size 5');
    expect(await files()).toEqual(before);
    expect(await lab.router().render([app])).toBe(text);
  });
});

describe('a change of routes', () => {
  it('reloads the same master, and leaves nothing but the configuration behind', async () => {
    const router = lab.router({ routeChange: 'reload' });
    await apply(router, route('app', await lab.upstream('old')));
    const [master, workers] = [await lab.master(), await lab.acceptingWorkers()];
    const prepared = await apply(router, route('app', await lab.upstream('new')));

    expect(await lab.master()).toBe(master);
    expect((await lab.acceptingWorkers()).filter((pid) => workers.includes(pid))).toEqual([]);
    expect(await textOf(lab.layout.conf)).toBe(prepared.text);
    expect((await readdir(lab.layout.prefix)).toSorted()).toEqual(
      ['conf.d', 'logs', 'nginx.conf', 'nginx.pid', 'routes', 'sites', 'status.sock', 'temp'].toSorted(),
    );
  });

  it('that changes nothing does not reload, for this router object or another one', async () => {
    const app = route('app', await lab.upstream('app'));
    await apply(lab.router(), app);
    await until('two workers', async () => (await lab.acceptingWorkers()).length === 2);
    const workers = await lab.acceptingWorkers();
    await apply(lab.router(), app);
    expect(await lab.acceptingWorkers()).toEqual(workers);
  });

  it('may be prepared by two processes at once, and the last that is applied is in force', async () => {
    const one = route('app', await lab.upstream('one'));
    const two = route('app', await lab.upstream('two'));
    const [first, second] = [lab.router(), lab.router()];
    const [old, next, again] = await Promise.all([
      first.prepare([one], recordingContext()),
      second.prepare([two], recordingContext()),
      lab.router().prepare([two], recordingContext()),
    ]);
    await first.apply(old, recordingContext());
    await second.apply(next, recordingContext());
    expect((await lab.request('app.test', '/')).body).toBe('two');
    expect(await generationInForce(lab.layout)).toBe(again.generation);
  });

  it('gives no warning, and nginx writes none', async () => {
    const context = recordingContext();
    const router = lab.router();
    const routes = Array.from({ length: 1000 }, (_, index) =>
      route(`site${index}`, { port: 20_000 + index }),
    );
    await router.apply(await router.prepare(routes, context), context);
    expect(context.warnings).toEqual([]);
    expect(await textOf(lab.layout.errorLog)).toBe('');
  });

  it('that was written by a process killed before it told nginx is undone on disk, without a reload', async () => {
    const router = lab.router();
    const prepared = await apply(router, route('app', await lab.upstream('app')));
    await until('two workers', async () => (await lab.acceptingWorkers()).length === 2);
    const workers = await lab.acceptingWorkers();
    await writeFile(lab.layout.conf, '# another generation\n');
    await router.apply(prepared, recordingContext());
    expect(await textOf(lab.layout.conf)).toBe(prepared.text);
    expect(await lab.acceptingWorkers()).toEqual(workers);
  });

  it('finds the master without its pid file', async () => {
    const router = lab.router();
    await apply(router, route('app', await lab.upstream('old')));
    const master = await lab.master();
    await rm(lab.layout.pidFile);
    await apply(router, route('app', await lab.upstream('new')));
    expect(await lab.master()).toBe(master);
    expect((await lab.request('app.test', '/')).body).toBe('new');
  });

  it('is tested by nginx once, and not at all where only the table of what is in force is another one', async () => {
    const binary = join(lab.layout.prefix, '..', 'counting-nginx');
    await writeFile(binary, `#!/bin/sh\necho "$*" >> ${binary}.runs\nPATH=$PATH:/usr/sbin exec nginx "$@"\n`);
    await chmod(binary, 0o755);
    const tests = async () =>
      ((await textOf(`${binary}.runs`)) ?? '').split('\n').filter((run) => / -t /.test(run));
    const router = lab.router({ binary });
    const app = route('app', await lab.upstream('app'));
    await router.prepare([app], recordingContext());
    await apply(router, app);
    expect(await tests()).toHaveLength(1);
    await lab.router({ binary }).prepare([app], recordingContext());
    expect(await tests()).toHaveLength(1);
    await router.prepare([], recordingContext());
    expect(await tests()).toHaveLength(1);
    await router.prepare([{ ...app, maxBodyBytes: 1000 }], recordingContext());
    expect(await tests()).toHaveLength(2);
  });
});

describe("the operator's own files", () => {
  it('serve beside the sites, and a changed one is taken at the next change of routes', async () => {
    const router = lab.router();
    const app = route('app', await lab.upstream('app'));
    await mkdir(lab.layout.operatorDir, { recursive: true });
    await writeFile(ownFile(), ownServer('first'));
    await apply(router, app);
    expect((await lab.request('own.test', '/')).body).toBe('first');
    expect((await lab.request('app.test', '/')).body).toBe('app');
    await writeFile(ownFile(), ownServer('second'));
    await apply(router, app);
    expect((await lab.request('own.test', '/')).body).toBe('second');
    expect(await textOf(ownFile())).toBe(ownServer('second'));
  });

  it('that nginx only warns of become warnings', async () => {
    const context = recordingContext();
    await mkdir(lab.layout.operatorDir, { recursive: true });
    await writeFile(ownFile(), ownServer('a') + ownServer('b'));
    await lab.router().prepare([], context);
    expect(context.warnings).toEqual([expect.stringContaining('conflicting server name "own.test"')]);
  });
});

it('a request in flight survives several reloads, and drained waits for it', async () => {
  const finish = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const slow = await lab.upstream((_, response) => {
    response.write('begun ');
    arrived.resolve();
    void finish.promise.then(() => response.end('ended'));
  });
  const address = { address: '127.0.0.1', port: slow.port };
  const router = lab.router({ routeChange: 'reload' });
  await apply(router, route('app', slow));
  const answer = lab.request('app.test', '/');
  await arrived.promise;
  for (const name of ['a', 'b', 'c']) await apply(router, route('app', await lab.upstream(name)));

  const patience = AbortSignal.timeout(200);
  await lab.router().drained([address], patience);
  expect(patience.aborted).toBe(true);
  expect((await lab.request('app.test', '/')).body).toBe('c');
  finish.resolve();
  expect((await answer).body).toBe('begun ended');
  await lab.router().drained([address], new AbortController().signal);
});
