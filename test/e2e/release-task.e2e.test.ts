/** A release task on a real engine: a migration that writes into a volume, one that fails, one whose deploy is killed. */
import { join } from 'node:path';
import Dockerode from 'dockerode';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Lock } from '../../core/index.ts';
import { type OwnLabels, ownLabels } from '../helpers/inspection.ts';
import { type PrivateInstance, page, privateInstance, ran } from '../helpers/private-instance.ts';

let host: PrivateInstance;
let own: OwnLabels;
let docker: Dockerode;
beforeAll(async () => {
  host = await privateInstance();
  own = await ownLabels(host);
  docker = new Dockerode({ socketPath: host.instance.dockerHost.replace('unix://', '') });
});
afterAll(() => host?.dispose());

/** A site that serves a volume, and a task that may write there. */
function site(release: string, text = 'x'): Record<string, string> {
  const { Dockerfile = '' } = page(text);
  return {
    Dockerfile: Dockerfile.replace('EXPOSE', 'VOLUME /www\nENTRYPOINT ["env"]\nEXPOSE'),
    'index.html': text,
    Procfile: `web: httpd\nrelease: ${release}\n`,
  };
}

const tasks = () =>
  docker.listContainers({ all: true, filters: own('octohost.role=task', 'octohost.site=app') });

it("runs in the new image with the site's environment and volumes, and the web process sees what it did", async () => {
  await host.octo('config:set', 'app/TOKEN', 'a-secret-word');
  const pushed = await host.push(
    'app',
    site('echo "from $TOKEN"; echo "$CONTAINER_NAME 1" >> /www/migrations'),
  );
  expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
  expect(pushed.stderr).toMatch(/-> build[\s\S]*-> release[\s\S]*from \[hidden\][\s\S]*-> start/);
  expect(pushed.stderr).not.toContain('a-secret-word');
  expect(await host.get('app', '/migrations')).toEqual({ status: 200, body: 'app 1\n' });
  expect(await tasks()).toEqual([]);
});

it('runs again for the next push, and not for a change of configuration or a rollback', async () => {
  expect(await host.push('app', site('echo 2 >> /www/migrations', 'y'))).toMatchObject({ code: 0 });
  expect((await host.octo('config:set', 'app/COLOUR', 'red')).code).toBe(0);
  expect((await host.octo('rollback', 'app')).code).toBe(0);
  expect((await host.get('app', '/migrations')).body).toBe('app 1\n2\n');
});

it('that fails refuses the push with its last lines, and the old version serves on', async () => {
  const pushed = await host.push('app', site('echo 3 >> /www/migrations; echo no such table; exit 5', 'z'));
  expect(pushed.code).not.toBe(0);
  expect(pushed.stderr).toContain('E_RELEASE_TASK');
  expect(pushed.stderr).toContain('no such table');
  expect(pushed.stderr).toContain('ended with code 5');
  expect(pushed.stderr).not.toMatch(/-> start/);
  expect((await host.get('app', '/migrations')).body).toBe('app 1\n2\n3\n');
  expect(await tasks()).toEqual([]);
  expect((await host.octo('converge')).code).toBe(0);
  expect((await host.octo('converge')).stdout).toBe('Nothing to do.\n');
});

it('whose deploy is killed is left to end, and the next push waits for it', async () => {
  const waits = 'until [ -e /www/go ]; do sleep 0.2; done; echo 4 >> /www/migrations';
  const pushed = host.push('app', site(waits, 'killed'));
  await expect
    .poll(async () => (await tasks()).map(({ State }) => State), { timeout: 60_000 })
    .toEqual(['running']);
  const { stdout } = await host.octo('locks', '--json');
  const holder = (JSON.parse(stdout) as { locks: Lock[] }).locks.find(({ name }) => name === 'site/app');
  process.kill(holder?.pid ?? 0, 'SIGKILL');
  expect((await pushed).code).not.toBe(0);
  const [left] = await tasks();
  const converged = await host.octo('converge', 'app');
  expect(converged.stderr).toContain('still runs');
  expect((await tasks()).map(({ Id, State }) => [Id, State])).toEqual([[left?.Id, 'running']]);
  const next = host.push('app', site('echo 5 >> /www/migrations', 'next'));
  const told = () => ran('grep', ['-rqF', 'waiting for the release task', join(host.dir, 'i', 'data')]);
  await expect.poll(async () => (await told()).code, { timeout: 60_000 }).toBe(0);
  const going = await docker.getContainer(left?.Id ?? '').exec({ Cmd: ['touch', '/www/go'] });
  await going.start({});
  const done = await next;
  expect(done, done.stderr).toMatchObject({ code: 0 });
  expect(done.stderr).toContain('waiting for the release task of the deploy');
  expect((await host.get('app', '/migrations')).body).toBe('app 1\n2\n3\n4\n5\n');
  expect(await tasks()).toEqual([]);
});
