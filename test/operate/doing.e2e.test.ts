/** What an operator does by hand, on a real engine and a real nginx: commands in containers, and maintenance. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import Dockerode from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OwnLabels, ownLabels } from '../helpers/inspection.ts';
import {
  done,
  octoPath,
  type PrivateInstance,
  page,
  privateInstance,
  ran,
} from '../helpers/private-instance.ts';

let host: PrivateInstance;
let own: OwnLabels;
let docker: Dockerode;
beforeAll(async () => {
  host = await privateInstance();
  own = await ownLabels(host);
  docker = new Dockerode({ socketPath: host.instance.dockerHost.replace('unix://', '') });
  const { Dockerfile = '', ...files } = page('hello');
  await done(host.octo('config:set', 'app', 'TOKEN=a-word', 'MEMORY_LIMIT=64m', 'OCTO_GRACE_PERIOD=5'));
  await done(
    host.push('app', {
      Dockerfile: Dockerfile.replace('EXPOSE', 'VOLUME /data\nEXPOSE').replace('SIGKILL', 'SIGTERM'),
      ...files,
    }),
  );
});
afterAll(() => host?.dispose());

const environment = () => ({ ...process.env, OCTOHOST_CONFIG: host.instance.configFile });
const octo = (words: readonly string[], input: string | Buffer) =>
  ran(octoPath, words, { cwd: host.dir, env: environment(), input });
const attended = () =>
  docker.listContainers({ all: true, filters: own('octohost.role=attended', 'octohost.site=app') });
const instances = async () =>
  (await docker.listContainers({ filters: own('octohost.role=instance', 'octohost.site=app') })).map(
    ({ Id }) => Id,
  );

/** Types into a terminal of its own, as somebody who sits there does. */
async function atTerminal(words: readonly string[], typed: string): Promise<{ said: string; code: number }> {
  const line = [octoPath, ...words].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const child = spawn('script', ['-qec', line, '/dev/null'], { cwd: host.dir, env: environment() });
  let said = '';
  child.stdout.on('data', (bytes) => {
    if (said === '' || !said.includes('ready')) {
      said += bytes;
      if (said.includes('ready')) child.stdin.write(typed);
    } else said += bytes;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { said, code };
}

describe('octo run', () => {
  it('runs in the image with environment, volume and limits, and passes the exit code on', async () => {
    const script =
      'echo "$TOKEN $CONTAINER_NAME"; echo kept > /data/note; cat /www/index.html; echo no >&2; exit 7';
    expect(await octo(['run', 'app', '--', 'sh', '-c', script], '')).toEqual({
      code: 7,
      stdout: 'a-word app\nhello',
      stderr: 'no\n',
    });
    expect(await attended()).toEqual([]);
    expect((await octo(['exec', 'app', '--', 'cat', '/data/note'], '')).stdout).toBe('kept\n');
  });

  it('passes on what is piped in to its end', async () => {
    const input = 'x'.repeat(300_000);
    const { code, stdout } = await octo(['run', 'app', '--', 'cat'], input);
    expect({ code, same: stdout === input }).toEqual({ code: 0, same: true });
    expect(await host.ssh('run app -- wc -c', { input })).toMatchObject({ code: 0, stdout: '300000\n' });
  });

  it('is no instance, and is asked to end by Ctrl-C', async () => {
    const before = await instances();
    const script = 'trap "echo ending; exit 0" TERM; echo ready; while :; do sleep 0.1; done';
    const child = spawn(octoPath, ['run', 'app', '--', 'sh', '-c', script], { env: environment() });
    let said = '';
    child.stdout.on('data', (bytes) => (said += bytes));
    await expect.poll(() => said, { timeout: 60_000 }).toBe('ready\n');
    const [container] = await attended();
    const { HostConfig } = await docker.getContainer(container?.Id ?? '').inspect();
    expect(HostConfig).toMatchObject({ Memory: 64 << 20, LogConfig: { Type: 'none' }, PortBindings: null });
    expect(JSON.parse((await host.octo('status', 'app', '--json')).stdout)).toMatchObject({ running: 1 });
    expect(await instances()).toEqual(before);
    await host.octo('converge');
    expect((await host.octo('converge')).stdout).toBe('Nothing to do.\n');
    child.kill('SIGINT');
    const [code] = (await once(child, 'close')) as [number];
    expect({ code, said }).toEqual({ code: 130, said: 'ready\nending\n' });
    expect(await attended()).toEqual([]);
  });

  it('that was killed is taken away by converge', async () => {
    const child = spawn(octoPath, ['run', 'app', '--', 'sleep', '100000'], { env: environment() });
    await expect
      .poll(async () => (await attended()).map(({ State }) => State), { timeout: 60_000 })
      .toEqual(['running']);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect((await host.octo('converge', 'app')).stdout).toContain('removed');
    expect(await attended()).toEqual([]);
    expect((await host.octo('converge')).stdout).toBe('Nothing to do.\n');
  });

  it('says why it cannot start a program that is not there, and leaves nothing', async () => {
    const { code, stderr } = await octo(['run', 'app', '--', 'no-such-program'], '');
    expect({ code, says: stderr.includes('no-such-program') }).toEqual({ code: 1, says: true });
    expect(await attended()).toEqual([]);
  });
});

describe.each(['run', 'exec'])('octo %s at a terminal', (name) => {
  it('gives the command one, of the same size, and passes Ctrl-C and the exit code on', async () => {
    const script = 'stty size; trap "echo heard; exit 9" INT; echo ready; while :; do sleep 0.1; done';
    const { said, code } = await atTerminal([name, 'app', '--', 'sh', '-c', script], '\x03');
    expect(said).toContain('heard');
    expect(code).toBe(9);
    expect(await attended()).toEqual([]);
  });
});

it('octo exec runs in the instance that serves', async () => {
  const { stdout } = await octo(['exec', 'app', '--', 'ps'], '');
  expect(stdout).toContain('httpd');
  expect((await octo(['exec', 'app', '--', 'sh', '-c', 'cat; exit 4'], 'piped')).code).toBe(4);
});

it('octo maintenance answers with a page through a push and converge, while the instances go on', async () => {
  const before = await instances();
  expect((await host.octo('maintenance', 'on', 'app')).code).toBe(0);
  const shown = await host.get('app', '/any');
  expect({ status: shown.status, page: shown.body.includes('Back soon') }).toEqual({
    status: 503,
    page: true,
  });
  expect(await instances()).toEqual(before);
  await done(host.push('app', { 'index.html': 'next' }));
  expect((await host.octo('converge')).code).toBe(0);
  expect((await host.get('app')).status).toBe(503);
  expect((await host.octo('status')).stdout).toContain('maintenance');
  expect((await host.octo('maintenance', 'off', 'app')).code).toBe(0);
  expect(await host.get('app')).toEqual({ status: 200, body: 'next' });
});
