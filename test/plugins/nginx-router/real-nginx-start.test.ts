/** How a real nginx is started: after a crash, beside leftovers, or not at all. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Router } from '../../../core/index.ts';
import { workersOf } from '../../../plugins/nginx-router/processes.ts';
import { answeringWorker } from '../../../plugins/nginx-router/status.ts';
import { apply, createLab, type Lab, recordingContext, route, textOf, until } from './lab.ts';

let lab: Lab;

beforeEach(async () => {
  lab = await createLab();
});
afterEach(() => lab.end());

describe('a start', () => {
  it('takes over from the workers of a master that was killed', async () => {
    const router = lab.router();
    await apply(router, route('app', await lab.upstream('old')));
    const master = (await lab.master()) ?? 0;
    const orphans = await workersOf(master);
    process.kill(master, 'SIGKILL');
    await until('the end of the master', async () => (await lab.master()) === undefined);
    expect((await lab.request('app.test', '/')).body).toBe('old');

    await apply(router, route('app', await lab.upstream('new')));
    expect((await lab.request('app.test', '/')).body).toBe('new');
    await until('the end of the orphans', async () => {
      const alive = await Promise.all(orphans.map(isAlive));
      return !alive.includes(true);
    });
  });

  it('takes over the same routes from orphans too, so that there is a master again', async () => {
    const router = lab.router();
    const app = route('app', await lab.upstream('app'));
    await apply(router, app);
    const master = (await lab.master()) ?? 0;
    process.kill(master, 'SIGKILL');
    await until('the end of the master', async () => (await lab.master()) === undefined);
    await apply(router, app);
    expect(await lab.master()).toBeGreaterThan(1);
    expect((await lab.request('app.test', '/')).body).toBe('app');
  });

  it('does not mind a stale socket, nor a pid file with the pid of another program', async () => {
    const router = lab.router();
    const prepared = await router.prepare([route('app', await lab.upstream('app'))], recordingContext());
    await writeFile(lab.layout.statusSocket, '');
    await writeFile(lab.layout.pidFile, `${process.pid}\n`);
    await router.apply(prepared, recordingContext());
    expect((await lab.request('app.test', '/')).status).toBe(200);
    expect(await answeringWorker(lab.layout)).not.toBe(process.pid);
  });

  it('is left to somebody else where options say so, with the configuration in place', async () => {
    const router = lab.router({ start: false });
    const prepared = await router.prepare([], recordingContext());
    await expect(router.apply(prepared, recordingContext())).rejects.toMatchObject({
      code: 'E_NGINX_STOPPED',
      hint: expect.stringContaining(`-c ${lab.layout.conf}`),
    });
    expect(await textOf(lab.layout.conf)).toBe(prepared.text);
    expect(await lab.master()).toBeUndefined();
  });
});

describe('what keeps nginx from being asked at all', () => {
  it('is a program that is not there', async () => {
    await expect(prepare(lab.router({ binary: 'no-such-nginx' }))).rejects.toMatchObject({
      code: 'E_NGINX_MISSING',
    });
  });

  it('is a prefix too long for a socket, said before any folder is made', async () => {
    const prefix = join(lab.layout.prefix, 'x'.repeat(90));
    await expect(prepare(lab.router({ prefix }))).rejects.toMatchObject({
      code: 'E_NGINX_SOCKET_PATH',
      message: expect.stringContaining('107'),
    });
    expect(await textOf(prefix)).toBeUndefined();
    await expect(readdir(lab.layout.prefix)).rejects.toThrow('ENOENT');
  });

  it('is a file where the prefix should be', async () => {
    const prefix = join(lab.layout.prefix, '..', 'file');
    await writeFile(prefix, '');
    await expect(prepare(lab.router({ prefix }))).rejects.toMatchObject({ code: 'E_NGINX_FILES' });
  });

  it('is a caller that was interrupted', async () => {
    const context = recordingContext(AbortSignal.abort());
    await expect(lab.router().prepare([], context)).rejects.toMatchObject({ code: 'E_ABORTED' });
  });
});

function prepare(router: Router) {
  return router.prepare([], recordingContext());
}

/** One that has ended and waits for its parent is not. */
async function isAlive(pid: number): Promise<boolean> {
  return Boolean(await textOf(`/proc/${pid}/cmdline`));
}
