/**
 * The document that octohost was asked for by, from top to bottom: test/fixtures/theory-of-operation.md. Each sentence
 * is the name of a test on real components, and each test goes on where the one before it ended. Where the mechanism is
 * another one today, a comment says what is the same for the user.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerInspectInfo } from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseImage } from '../../cli/dev/busybox-image.ts';
import { sshCommand } from '../../cli/dev/instance-files.ts';
import { type ImageRegistry, startImageRegistry } from '../docker/image-registry.ts';
import { type Inspection, inspect, portsOf } from '../helpers/inspection.ts';
import { nginxText } from '../helpers/nginx-text.ts';
import {
  command,
  done,
  get,
  type PrivateInstance,
  privateInstance,
  type Ran,
  ran,
} from '../helpers/private-instance.ts';

let host: PrivateInstance;
let seen: Inspection;
let registry: ImageRegistry;
/** What a push said, and a container of before, for the tests that come next. */
let told: string;
let replaced: ContainerInspectInfo;
beforeAll(async () => {
  [host, registry] = await Promise.all([privateInstance(), startImageRegistry()]);
  seen = await inspect(host);
});
afterAll(async () => {
  await host?.dispose();
  await registry?.stop();
});

describe('Theory of Operation: Just the highlights.', () => {
  it('`git push git@server.example.com` initiates a ssh connection to the `git` user on the octohost.', async () => {
    await host.commit('hello', hello('one'));
    const pushed = await done(gitAs(host.instance.ssh.identity, 'push', urlOf('hello'), 'HEAD:master'));
    // It is `git` where octohost is installed; a private instance runs as whoever started it.
    expect(pushed.stderr).toContain(`as '${host.instance.ssh.user}'`);
    expect(pushed.stderr).toMatch(/Authenticated to 127\.0\.0\.1 .* using "publickey"/);
    expect(await bodyOf('hello')).toBe('one');
  });

  it("The sshd server looks for the ssh public key in `/home/git/.ssh/authorized_keys` - if there's no match, it denies access.", async () => {
    const [, mine = ''] = (await readFile(`${host.instance.ssh.identity}.pub`, 'utf8')).split(' ');
    expect(await authorizedKeys()).toContain(mine);
    const denied = await gitAs(await newKey('stranger'), 'ls-remote', urlOf('hello'));
    expect(denied.code).not.toBe(0);
    expect(denied.stderr).toContain('Permission denied (publickey)');
  });

  it('To add the public key - `cat ~/.ssh/{public_key}.pub | ssh -i ~/your-private-key.pem ubuntu@ip.address.here "sudo gitreceive upload-key {your-name-here}"`', async () => {
    const key = await newKey('alice');
    expect((await gitAs(key, 'ls-remote', urlOf('hello'))).code).not.toBe(0);
    // An administrator's key takes the place of sudo: it opens octo's own commands, and no shell.
    await done(host.ssh('octo keys:add alice', { input: await readFile(`${key}.pub`) }));
    await done(gitAs(key, 'ls-remote', urlOf('hello')));
  });

  it('It runs the `command` defined in `/home/git/.ssh/authorized_keys` - which is normally: `/usr/bin/gitreceive run {name} {ssh:key:finger:print}`', async () => {
    const line = (await authorizedKeys()).split('\n').find((one) => one.includes('alice'));
    expect(line).toMatch(
      /^command="exec \S+\/octo door:serve --config \S+ --key alice",restrict ssh-ed25519 /,
    );
    // The fingerprint is kept under the name.
    const shown = await done(ran('ssh-keygen', ['-lf', `${keyFile('alice')}.pub`]));
    expect((await host.octo('keys:list')).stdout).toContain(shown.stdout.split(' ')[1]);
    const asked = await host.ssh(`touch ${host.dir}/owned`, { key: keyFile('alice') });
    expect(asked.code).toBe(77);
    expect(existsSync(`${host.dir}/owned`)).toBe(false);
  });

  it('gitreceive takes over and ends up pushing the code through `git archive` to /home/git/receiver.', async () => {
    await push('hello', {
      ...hello('two'),
      '.gitattributes': 'private.txt export-ignore\nrevision.txt export-subst\n',
      'private.txt': 'for the repository alone',
      'revision.txt': '$Format:%H$',
      'folder/deep.txt': 'deep',
    });
    expect(await bodyOf('hello', '/revision.txt')).toBe(await revisionOf('hello'));
    expect((await host.get('hello', '/private.txt')).status).toBe(404);
  });

  it('The receiver loads the main octohost configuration file by sourcing it.', async () => {
    // It is code, and it is run at each push.
    await host.configure('domainSuffix:', "extraSuffixes: [['hosts', 'test'].join('.')],\n  ");
    expect(await push('hello', hello('three'))).toContain('http://hello.hosts.test');
    expect(await get(host.instance, 'hello.hosts.test')).toEqual({ status: 200, body: 'three' });
  });

  it('This configuration file is used by `/home/git/receiver` and `/usr/bin/octo`', async () => {
    expect((await done(host.octo('domains', 'hello'))).stdout).toContain('hello.hosts.test');
    // Old instances end by a process of its own, which has to read it too.
    await seen.only('hello');
    await host.configure('export default', "throw new Error('out of order');\n");
    for (const refused of [
      await host.push('hello', {}, 'HEAD:master'),
      await host.octo('domains', 'hello'),
    ]) {
      expect(refused.code).not.toBe(0);
      expect(refused.stderr).toContain('out of order');
    }
    await host.configure('throw new Error', '// ');
    expect(await bodyOf('hello')).toBe('three');
  });

  it('The receiver takes the bare repo it gets and checks out a working repo in `/home/git/src/$NAME.git`', async () => {
    const bare = join(host.dir, 'i/data/repositories/hello.git');
    const at = async (...words: string[]) => (await done(ran('git', ['-C', bare, ...words]))).stdout.trim();
    expect(await at('rev-parse', '--is-bare-repository')).toBe('true');
    expect(await at('rev-parse', 'master')).toBe(await revisionOf('hello', 'HEAD~1'));
    // The working tree goes straight into the build; the host keeps no copy of it.
    expect(await bodyOf('hello', '/folder/deep.txt')).toBe('deep');
  });

  it("If the git branch isn't master, it will create a new container named `$NAME-$BRANCH` - if it's master, it's just named `$NAME`.", async () => {
    await push('hello', hello('of the branch'), 'HEAD:feature/new');
    expect(await bodyOf('hello-feature-new')).toBe('of the branch');
    expect(await bodyOf('hello')).toBe('three');
    // Two versions run for a moment, so the deploy's id is in the name too, unless the Dockerfile says `# ADD_NAME`.
    for (const site of ['hello-feature-new', 'hello']) {
      const { Name, Config } = await seen.only(site);
      expect(Name).toMatch(new RegExp(`^/octohost-${site}-[0-9a-z]+-1$`));
      expect(Config.Env).toContain(`CONTAINER_NAME=${site}`);
    }
  });

  it('The receiver looks for any old containers running with the same name - it will use this information to stop it later.', async () => {
    const [old, ofBranch] = [await seen.only('hello'), await seen.only('hello-feature-new')];
    await push('hello', hello('four'));
    expect((await seen.only('hello')).Id).not.toBe(old.Id);
    // The same name, not one that only begins alike.
    expect((await seen.only('hello-feature-new')).Id).toBe(ofBranch.Id);
  });

  it("(We're not really using the information anymore, but it's the trigger that helps to know there's something to kill.)", async () => {
    const folder = await host.folder(hello('fresh'));
    expect(await retiringAfter('deploy', 'fresh', folder)).toBe(0);
    expect(await retiringAfter('reload', 'hello')).toBe(1);
  });

  it('The receiver looks for the image_id of the current running image.', async () => {
    const { Id, Image } = await seen.only('hello');
    expect(await optionsOf('hello')).toContain(`image ${Image}`);
    // So a push that brings nothing new builds and starts nothing.
    expect(await push('hello', {})).toContain('nothing to build');
    expect((await seen.only('hello')).Id).toBe(Id);
  });

  it('This will help to kill old container images.', async () => {
    const imagesOf = async (site: string) => (await seen.images(site)).map(({ Id }) => Id);
    expect(await imagesOf('fresh')).toEqual([(await seen.only('fresh')).Image]);
    await done(host.octo('remove', 'fresh', '--yes'));
    expect(await imagesOf('fresh')).toEqual([]);
    expect(await imagesOf('hello')).toContain((await seen.only('hello')).Image);
  });

  it("If there's a Dockerfile inside `/home/git/src/$NAME.git/` then it starts to build the container.", async () => {
    const Dockerfile = serving(8123, 'RUN echo by the build > /www/made', 'EXPOSE 8123 9000/tcp 53/udp');
    expect(await push('hello', { ...hello('five'), Dockerfile })).toContain('RUN echo by the build');
  });

  it("Otherwise, we're done here.", async () => {
    const pushed = await host.push('hello', { Dockerfile: null }, 'HEAD:master');
    // The original accepted such a push and did nothing; here it is refused: silence is never success.
    expect(pushed.code).not.toBe(0);
    expect(pushed.stderr).toContain('E_NO_BUILDER');
    expect(pushed.stderr).not.toContain('-----> build');
    expect(await bodyOf('hello')).toBe('five');
  });

  it('It looks inside the Dockerfile for an `EXPOSE` command - this is used to run the container and figure out how to connect to it from the outside.', async () => {
    const { ExposedPorts } = (await seen.only('hello')).Config;
    expect(Object.keys(ExposedPorts ?? {}).toSorted()).toEqual(['53/udp', '8123/tcp', '9000/tcp']);
    expect(await bodyOf('hello')).toBe('five');
  });

  it('Then the Docker container is built.', async () => {
    expect(await bodyOf('hello', '/made')).toBe('by the build\n');
    const { Image } = await seen.only('hello');
    const image = (await seen.images('hello')).find(({ Id }) => Id === Image);
    expect(image?.RepoTags).toEqual([expect.stringMatching(/^octohost\/[0-9a-f]{8}\/hello:[0-9a-z]+$/)]);
  });

  it('If the build fails, it exits here.', async () => {
    const before = [await seen.only('hello'), await seen.images('hello')];
    const pushed = await host.push('hello', hello('never', 'RUN false'), 'HEAD:master');
    expect(pushed.code).not.toBe(0);
    expect(pushed.stderr).toContain('E_BUILD_FAILED');
    expect(pushed.stderr).not.toContain('-----> start');
    expect([await seen.only('hello'), await seen.images('hello')]).toEqual(before);
    expect(await bodyOf('hello')).toBe('five');
  });

  it('There are a number of options that are needed to run any container, those are all gathered using the `/usr/bin/octo config:options` command detailed here.', async () => {
    await done(host.octo('config:set', 'hello/MEMORY_LIMIT', '64m', '--no-deploy'));
    // The keys are Consul's; the store is whichever one is configured, here the embedded one.
    await seen.store('octohost/hello/GREETING', 'good: "morning", $USER');
    await push('hello', { ...hello('six', 'VOLUME /data'), CNAME: 'www.hello.test\n' });
    expect(await optionsOf('hello')).toEqual(
      expect.arrayContaining([
        'http port 8080',
        'port 8080/tcp',
        'volume /data',
        'instances 1',
        `memory ${64 * 1024 * 1024} bytes`,
        'host name www.hello.test',
        'environment CONTAINER_NAME=hello',
        'environment GREETING',
      ]),
    );
  });

  it("Any config variables stored in Consul's KV storage are also added to the $RUN_OPTIONS.", async () => {
    expect((await seen.only('hello')).Config.Env).toContain('GREETING=good: "morning", $USER');
  });

  it('Config variables can be added with `/usr/bin/octo config:set $NAME/$KEY $VARIABLE`', async () => {
    await done(host.octo('config:set', 'hello/GREETING', 'good night'));
    expect(await seen.stored('octohost/hello/GREETING')).toBe('good night');
  });

  it('Once we have all of the $RUN_OPTIONS, we can actually run the container.', async () => {
    const { State, Config, HostConfig, Mounts } = await seen.only('hello');
    expect(State.Running).toBe(true);
    expect(HostConfig.Memory).toBe(64 * 1024 * 1024);
    expect(Config.Hostname).toBe('www.hello.test');
    expect(Config.Env).toEqual(expect.arrayContaining(['CONTAINER_NAME=hello', 'GREETING=good night']));
    expect(Mounts).toEqual([expect.objectContaining({ Type: 'volume', Destination: '/data' })]);
  });

  it("Once the container is running, we look for the exposed port that's connected to the internal port.", async () => {
    const [bound] = (await seen.only('hello')).NetworkSettings.Ports['8080/tcp'] ?? [];
    const port = Number(bound?.HostPort);
    expect(await seen.services('hello')).toEqual([expect.objectContaining({ address: '127.0.0.1', port })]);
    expect(await get({ httpUrl: `http://127.0.0.1:${port}` }, 'any')).toEqual({ status: 200, body: 'six' });
  });

  it('If there is no exposed HTTP port, then it kills the old container and is complete.', async () => {
    const old = await seen.only('hello-feature-new');
    const Dockerfile = command('echo started >> /data/starts; cat /data/starts; exec sleep 1000', [
      'VOLUME /data',
    ]);
    expect(await push('hello', { Dockerfile }, 'HEAD:feature/new')).toContain('It has no address');
    const { Id, State } = await seen.only('hello-feature-new');
    expect({ isOld: Id === old.Id, running: State.Running }).toEqual({ isOld: false, running: true });
    expect(await seen.services('hello-feature-new')).toEqual([]);
    expect((await host.get('hello-feature-new')).status).toBe(404);
  });

  it('This section will be removed.', async () => {
    // The section started a container once more. What stays of it: a start that fails is tried once more.
    const crash = '[ -e /data/tried ] || { touch /data/tried; echo not yet; exit 1; }';
    const more = ['VOLUME /data', 'EXPOSE 8080'];
    await push('flaky', { Dockerfile: command(`${crash}; exec httpd -f -p 8080 -h /data`, more) });
    expect((await host.get('flaky', '/tried')).status).toBe(200);
    expect(await seen.only('flaky')).toMatchObject({ State: { Running: true } });
  });

  it('It was to work around a specific Docker bug that should be fixed now.', async () => {
    // The bug met containers without a port; one that starts well is started once.
    expect((await host.octo('logs', 'hello-feature-new')).stdout).toMatch(/^.*started\n$/);
  });

  it('Any tags from the container are grabbed using `/usr/bin/octo service:tags` - and the Consul service is created with `/usr/bin/octo service:set`', async () => {
    const CNAME = 'www.hello.test\nhello.test';
    told = await push('hello', { ...hello('seven', 'ENV CONSUL_TAGS=http,blue'), CNAME });
    await seen.only('hello');
    expect((await done(host.octo('service:tags', 'hello'))).stdout).toMatch(/^http +image\nblue +image$/m);
    // A push writes the catalog by itself; the command is for what runs elsewhere.
    const id = expect.stringMatching(/^hello-127\.0\.0\.1-\d+$/);
    expect(await seen.services('hello')).toEqual([expect.objectContaining({ id, tags: ['http', 'blue'] })]);
    await done(host.octo('service:set', 'hello-feature-new', '127.0.0.1', '9', 'green'));
    expect((await done(host.octo('services', 'hello-feature-new'))).stdout).toMatch(/127\.0\.0\.1:9 +green/);
  });

  it('We grab all of the possible domains and then set them in Consul with `/usr/bin/octo domains:set`.', async () => {
    const all = ['hello.hosts.test', 'hello.localhost', 'hello.test', 'www.hello.test'];
    for (const domain of all) expect(told).toContain(`http://${domain}`);
    expect(await seen.stored('octohost/hello/DOMAINS')).toBe(all.join(' '));
    await done(host.octo('domains:set', 'hello', 'a-shop.test'));
    expect(await seen.stored('octohost/hello/DOMAINS')).toBe(['a-shop.test', ...all].join(' '));
    for (const domain of ['a-shop.test', ...all])
      expect(await get(host.instance, domain)).toEqual({ status: 200, body: 'seven' });
  });

  it('If you want to launch more than 1 container when you push, you can set a key/value in Consul at `$NAME/CONTAINERS` - we check it now and launch more containers as needed.', async () => {
    replaced = await seen.only('hello');
    await seen.store('octohost/hello/CONTAINERS', '3');
    await push('hello', hello('eight'));
    const images = (await seen.settled('hello', 3)).map(({ Image }) => Image);
    expect(new Set(images).size).toBe(1);
  });

  it('Any old containers are killed.', async () => {
    const ids = (await seen.settled('hello', 3)).map(({ Id }) => Id);
    expect(ids).not.toContain(replaced.Id);
    const registered = (await seen.services('hello')).flatMap((one) =>
      one.kind === 'instance' ? [one.instance] : [],
    );
    expect(registered.toSorted()).toEqual(ids.toSorted());
  });

  it('nginx is reconfigured, a new `/etc/nginx/containers.conf` is written and it is reloaded.', async () => {
    // octohost's nginx has a folder of its own; where only instances change, it is told without a reload.
    const routes = await nginxText(join(host.dir, 'i'));
    const ports = (await seen.settled('hello', 3)).flatMap(portsOf);
    for (const port of ports) expect(routes).toContain(`127.0.0.1:${port}`);
    for (const port of portsOf(replaced)) expect(routes).not.toContain(`127.0.0.1:${port}`);
    expect(await bodyOf('hello')).toBe('eight');
  });

  it('If you have a private registry defined in `/etc/default/octohost`, then we push the new image there.', async () => {
    await host.configure(
      'export',
      "import { registryPublisher } from 'octohost/plugins/registry-publisher';\n",
    );
    await host.configure('nginxRouter(),', `registryPublisher({ registry: '${registry.address}' }), `);
    // Last of all, so that what is there is what serves.
    expect(await push('published', hello('nine'))).toMatch(/-----> apply[\s\S]*-----> publish/);
    expect(await registry.digest('published', 'latest')).toMatch(/^sha256:/);
  });
});

const urlOf = (site: string) => host.instance.pushUrl.replace('{site}', site);
const keyFile = (name: string) => join(host.dir, `${name}-key`);
const authorizedKeys = () => readFile(join(host.dir, 'i/ssh/authorized_keys'), 'utf8');

async function newKey(name: string): Promise<string> {
  await done(ran('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', keyFile(name)]));
  return keyFile(name);
}

/** git in the repository `hello`, with somebody's key; ssh tells what it does. */
function gitAs(key: string | undefined, ...words: string[]): Promise<Ran> {
  const { instance, dir } = host;
  const ssh = sshCommand({ ...instance, ssh: { ...instance.ssh, identity: key ?? '' } });
  const env = { ...process.env, GIT_SSH_COMMAND: `${ssh} -v` };
  return ran('git', words, { cwd: join(dir, 'repositories/hello'), env });
}

/** A push that has to go well; returns what the pusher sees. */
const push = async (site: string, files: Record<string, string | null>, refspec = 'HEAD:master') =>
  (await done(host.push(site, files, refspec))).stderr;

/** A site that shows all its files, this text first. */
function hello(text: string, ...more: string[]): Record<string, string> {
  return { Dockerfile: serving(8080, ...more, 'EXPOSE 8080'), 'index.html': text };
}

function serving(port: number, ...more: string[]): string {
  return [
    `FROM ${baseImage}`,
    'COPY . /www/',
    ...more,
    'STOPSIGNAL SIGKILL',
    `CMD ["httpd", "-f", "-p", "${port}", "-h", "/www"]`,
    '',
  ].join('\n');
}

const bodyOf = async (site: string, path?: string) => (await host.get(site, path)).body;

const revisionOf = async (site: string, name = 'HEAD') =>
  (await host.git(site, 'rev-parse', name)).stdout.trim();

/** How many old containers a command leaves to be ended. */
const retiringAfter = async (...words: string[]): Promise<number> =>
  JSON.parse((await done(host.octo(...words, '--json'))).stdout).retiring;

/** What `octo config:options` shows: names and values. */
async function optionsOf(site: string): Promise<string[]> {
  const { stdout } = await done(host.octo('config:options', site, '--json'));
  const { specification } = JSON.parse(stdout) as { specification: { name: string; value: string }[] };
  return specification.map(({ name, value }) => `${name} ${value}`);
}
