/** `octo deploy` and the commands around it, on real components. */
import { execFile, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDocker } from '../../cli/dev/docker-connection.ts';
import { type OwnLabels, ownLabels } from '../helpers/inspection.ts';
import {
  command,
  get,
  octoPath,
  type PrivateInstance,
  page,
  privateInstance,
  ran,
} from '../helpers/private-instance.ts';

let host: PrivateInstance;
let own: OwnLabels;
beforeAll(async () => {
  host = await privateInstance();
  own = await ownLabels(host);
});
afterAll(() => host?.dispose());

async function containers(site?: string): Promise<string[]> {
  const docker = await connectDocker(host.instance.dockerHost);
  const filters = own(...(site ? [`octohost.site=${site}`] : []));
  return (await docker.listContainers({ all: true, filters })).map(({ Id }) => Id);
}

describe('octo deploy', () => {
  it('of a folder makes a site; of a change the change, and the old instance ends', async () => {
    const first = await host.octo('deploy', 'shop', await host.folder(page('one')));
    expect(first, first.stderr).toMatchObject({ code: 0 });
    const [old] = await containers('shop');
    const second = await host.octo('deploy', 'shop', await host.folder(page('two')), '--wait');
    expect(second, second.stderr).toMatchObject({ code: 0 });
    expect((await host.get('shop')).body).toBe('two');
    const left = await containers('shop');
    expect(left).toHaveLength(1);
    expect(left).not.toContain(old);
  });

  it('without --wait ends the old instance in the background', async () => {
    await host.octo('deploy', 'shop', await host.folder(page('three')));
    await expect.poll(() => containers('shop'), { timeout: 60_000, interval: 200 }).toHaveLength(1);
    expect((await host.get('shop')).body).toBe('three');
  });

  it('takes a tar from standard input', async () => {
    const folder = await host.folder(page('from a tar'));
    const script = 'tar -C "$1" -cz . | "$2" deploy tarred --tar -';
    const done = await ran('sh', ['-c', script, 'sh', folder, octoPath], {
      env: { ...process.env, OCTOHOST_CONFIG: host.instance.configFile },
    });
    expect(done, done.stderr).toMatchObject({ code: 0 });
    expect((await host.get('tarred')).body).toBe('from a tar');
  });

  it('takes a ready image', async () => {
    const docker = await connectDocker(host.instance.dockerHost);
    const base = await docker.createContainer({
      Image: 'octohost/busybox:1',
      Cmd: ['httpd', '-f', '-p', '8080'],
    });
    await base.commit({
      repo: 'octohost-e2e-ready',
      tag: '1',
      changes: ['EXPOSE 8080', 'CMD ["httpd","-f","-p","8080","-h","/etc"]'],
    });
    await base.remove();
    const done = await host.octo('deploy', 'ready', '--image', 'octohost-e2e-ready:1');
    expect(done, done.stderr).toMatchObject({ code: 0 });
    expect((await host.get('ready', '/passwd')).status).toBe(200);
    await host.octo('remove', 'ready', '--yes');
    await docker.getImage('octohost-e2e-ready:1').remove();
  });

  it('honours .dockerignore, negations too', async () => {
    const files = {
      ...page('x'),
      Dockerfile:
        'FROM octohost/busybox:1\nCOPY . /www/\nEXPOSE 8080\nCMD ["httpd","-f","-p","8080","-h","/www"]\n',
    };
    const folder = await host.folder({
      ...files,
      '.dockerignore': 'secret*\n!secret.pub\n',
      'secret.key': 'no',
      'secret.pub': 'yes',
    });
    await host.octo('deploy', 'ignored', folder);
    expect((await host.get('ignored', '/secret.pub')).body).toBe('yes');
    expect((await host.get('ignored', '/secret.key')).status).toBe(404);
  });

  it('keeps the data of a VOLUME for the next release', async () => {
    const store = (text: string) =>
      command(`echo ${text} >> /data/log; cp /data/log /www/log; httpd -f -p 8080 -h /www`, [
        'RUN mkdir /www',
        'VOLUME /data',
        'EXPOSE 8080',
      ]);
    await host.octo('deploy', 'keeper', await host.folder({ Dockerfile: store('first') }));
    await host.octo('deploy', 'keeper', await host.folder({ Dockerfile: store('second') }));
    expect((await host.get('keeper', '/log')).body).toBe('first\nsecond\n');
  });

  it.each([
    { what: 'a name that is none', words: ['deploy', 'Not-A-Site', '.'], code: 2, says: 'E_SITE_NAME' },
    {
      what: 'a folder that is none',
      words: ['deploy', 'x', '/nowhere/at/all'],
      code: 2,
      says: 'E_SOURCE_FOLDER',
    },
    { what: 'no source', words: ['deploy', 'x'], code: 2, says: '--tar' },
    {
      what: 'an image that nobody has',
      words: ['deploy', 'x', '--image', 'octohost.invalid/none:1'],
      code: 1,
      says: 'Try this',
    },
  ])('with $what says so and leaves nothing', async ({ words, code, says }) => {
    const done = await host.octo(...words);
    expect(done.code, done.stderr).toBe(code);
    expect(done.stderr).toContain(says);
    expect(await containers('x')).toEqual([]);
    expect((await host.octo('sites')).stdout.split('\n')).not.toContain('x');
  });

  it('tells with --json what failed', async () => {
    const done = await host.octo(
      'deploy',
      'broken',
      await host.folder({ Dockerfile: command('exit 3') }),
      '--json',
    );
    expect(done.code).toBe(1);
    expect(JSON.parse(done.stdout)).toMatchObject({
      error: { code: 'E_CHECK_DEAD', step: 'start', site: 'broken', hint: expect.any(String) },
    });
  });

  it('that is interrupted with Ctrl-C leaves nothing and ends with 130', async () => {
    const folder = await host.folder({ Dockerfile: command('sleep 1000') });
    const child = execFile(octoPath, ['deploy', 'stopped', folder], {
      env: { ...process.env, OCTOHOST_CONFIG: host.instance.configFile },
    });
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    await expect.poll(() => containers('stopped'), { timeout: 30_000, interval: 50 }).toHaveLength(1);
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(await containers('stopped')).toEqual([]);
    expect((await host.octo('sites')).stdout.split('\n')).not.toContain('stopped');
  });
});

describe('octo as it is installed', () => {
  it('helps, and knows its commands in both forms', async () => {
    const help = await host.octo('help');
    expect(help.stdout).toMatch(/deploy +Deploy a folder/);
    expect((await host.octo('config:set', '--help')).stdout).toContain('EXAMPLES');
    expect((await host.octo('config', 'set', '--help')).stdout).toContain('EXAMPLES');
    expect((await host.octo('--version')).stdout).toMatch(/^octohost \d+\.\d+\.\d+/);
    const mistyped = await host.octo('depoly');
    expect(mistyped).toMatchObject({ code: 2, stderr: expect.stringContaining('octo deploy') });
  });

  it('says nothing on stderr that nobody asked for', async () => {
    expect(await host.octo('sites', '--json')).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('a site', () => {
  it('gets its configuration, scales, stops, starts, and is removed', async () => {
    const show = 'mkdir -p /www; echo "$GREETING" > /www/index.html; httpd -f -p 8080 -h /www';
    await host.octo('config:set', 'life/GREETING', 'one: two = "three" $four');
    await host.octo('deploy', 'life', await host.folder({ Dockerfile: command(show) }));
    expect((await host.get('life')).body).toBe('one: two = "three" $four\n');

    expect(await host.octo('config', 'set', 'life/GREETING', 'changed')).toMatchObject({ code: 0 });
    expect((await host.get('life')).body).toBe('changed\n');
    expect((await host.octo('config:get', 'life/GREETING')).stdout).toBe('changed\n');

    expect(await host.octo('scale', 'life', '3')).toMatchObject({ code: 0 });
    const status = JSON.parse((await host.octo('status', 'life', '--json')).stdout);
    expect(JSON.stringify(status)).toMatch(/"running":3/);

    expect(await host.octo('stop', 'life')).toMatchObject({ code: 0 });
    expect((await host.get('life')).status).toBe(503);
    expect(await host.octo('start', 'life', '1')).toMatchObject({ code: 0 });
    expect((await host.get('life')).body).toBe('changed\n');

    expect(await host.octo('remove', 'life')).not.toMatchObject({ code: 0 });
    expect(await host.octo('remove', 'life', '--yes')).toMatchObject({ code: 0 });
    expect((await host.get('life')).status).toBe(404);
    expect(await containers('life')).toEqual([]);
  });

  it('whose container is gone comes back with converge, and a second run does nothing', async () => {
    await host.octo('deploy', 'healed', await host.folder(page('here')));
    const docker = await connectDocker(host.instance.dockerHost);
    for (const id of await containers('healed')) await docker.getContainer(id).remove({ force: true });
    const first = await host.octo('converge');
    expect(first, first.stderr).toMatchObject({ code: 0 });
    expect(first.stdout).toMatch(/healed.*started/);
    expect((await host.get('healed')).body).toBe('here');
    expect((await host.octo('converge')).stdout).toMatch(/nothing to do/i);
  });

  it('answers nowhere but through nginx and loopback', async () => {
    await host.octo('deploy', 'inside', await host.folder(page('inside')));
    const docker = await connectDocker(host.instance.dockerHost);
    const [id = ''] = await containers('inside');
    const { NetworkSettings } = await docker.getContainer(id).inspect();
    const bindings = Object.values(NetworkSettings.Ports)
      .flat()
      .map(({ HostIp }) => HostIp);
    expect(bindings).toEqual(['127.0.0.1']);
  });

  it('that nobody has is not found', async () => {
    expect((await get(host.instance, 'nobody.localhost')).status).toBe(404);
  });
});

describe('a deploy that is killed', () => {
  it('leaves the old release serving; the next one goes through, and nothing is left over', async () => {
    await host.octo('deploy', 'hit', await host.folder(page('old')));
    await host.octo('config:set', 'hit/OCTO_CHECK_TIMEOUT', '60', '--no-deploy');
    const folder = await host.folder({ Dockerfile: command('sleep 1000') });
    const child = spawn(octoPath, ['deploy', 'hit', folder], {
      env: { ...process.env, OCTOHOST_CONFIG: host.instance.configFile },
      stdio: 'ignore',
    });
    await expect.poll(() => containers('hit'), { timeout: 30_000, interval: 50 }).toHaveLength(2);
    child.kill('SIGKILL');
    expect((await host.get('hit')).body).toBe('old');
    const next = await host.octo('deploy', 'hit', await host.folder(page('new')), '--wait');
    expect(next, next.stderr).toMatchObject({ code: 0 });
    expect((await host.get('hit')).body).toBe('new');
    await host.octo('converge');
    expect(await containers('hit')).toHaveLength(1);
    expect((await host.octo('converge')).stdout).toMatch(/nothing to do/i);
  });
});

describe('two private instances on one engine', () => {
  it('do not see each other, and what goes down leaves the other and nothing behind', async () => {
    const other = await privateInstance();
    const { port } = new URL(other.instance.httpUrl);
    await host.octo('deploy', 'twin', await host.folder(page('mine')));
    await other.octo('deploy', 'twin', await other.folder(page('theirs')));
    expect((await host.get('twin')).body).toBe('mine');
    expect((await other.get('twin')).body).toBe('theirs');
    expect((await other.octo('sites')).stdout.trim()).toBe('twin');
    await other.dispose();
    expect((await host.get('twin')).body).toBe('mine');
    expect((await ran('ls', [other.dir])).code).not.toBe(0);
    const refused = await new Promise((resolve) =>
      connect(Number(port), '127.0.0.1')
        .on('error', () => resolve(true))
        .on('connect', () => resolve(false)),
    );
    expect(refused).toBe(true);
  });
});
