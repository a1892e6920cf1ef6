/** Keys with rights, and commands over ssh: real git and real ssh against a real private instance. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sshCommand } from '../../cli/dev/instance-files.ts';
import {
  command,
  type PrivateInstance,
  page,
  privateInstance,
  type Ran,
  ran,
} from '../helpers/private-instance.ts';

let host: PrivateInstance;
const keyOf = (name: string) => join(host.dir, 'keys', name);
const authorizedKeys = () => join(host.dir, 'i', 'ssh', 'authorized_keys');

beforeAll(async () => {
  host = await privateInstance();
  await mkdir(join(host.dir, 'keys'));
  await host.push('app', page('one'));
  await host.push('other', page('other'));
  await letIn('alice', '--site app', "--site 'app-*'");
  await letIn('bob', '--site app');
  await letIn('reader', '--read', '--site app');
  await letIn('nobody', '--site none-of-these');
});
afterAll(() => host?.dispose());

/** Makes a key pair and adds it over ssh, as an administrator does. */
async function letIn(name: string, ...flags: string[]): Promise<Ran> {
  await ran('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', `${name}@home`, '-f', keyOf(name)]);
  const input = await readFile(`${keyOf(name)}.pub`);
  const added = await host.ssh(['keys:add', name, ...flags].join(' '), { input });
  expect(added, added.stderr).toMatchObject({ code: 0, stderr: '' });
  return added;
}

const as = (name: string, asked: string, input: string | Buffer = '') =>
  host.ssh(asked, { key: keyOf(name), input });

/** Runs git in a site's repository with somebody's key. */
function gitAs(name: string, repository: string, ...words: string[]): Promise<Ran> {
  const { instance, dir } = host;
  const ssh = sshCommand({ ...instance, ssh: { ...instance.ssh, identity: keyOf(name) } });
  return ran('git', words, {
    cwd: join(dir, 'repositories', repository),
    env: { ...process.env, GIT_SSH_COMMAND: ssh },
  });
}

const urlOf = (site: string) => host.instance.pushUrl.replace('{site}', site);
const commit = (repository: string) => host.git(repository, 'commit', '-q', '--allow-empty', '-m', 'More');
const repositories = async () => (await readdir(join(host.dir, 'i', 'data', 'repositories'))).toSorted();

describe('a key with rights for some sites', () => {
  it('is shown with its rights, and printed with the fingerprint that ssh-keygen shows', async () => {
    const added = await letIn('carol', '--admin', '--site carols');
    const shown = await ran('ssh-keygen', ['-lf', `${keyOf('carol')}.pub`]);
    expect(added.stdout).toBe(`${shown.stdout.split(' ')[1]}\n`);
    const { stdout } = await host.octo('keys:list');
    expect(stdout).toMatch(/^alice +deploy +app app-\* +SHA256:/m);
    expect(stdout).toMatch(/^carol +admin +carols +SHA256:/m);
    expect(stdout).toMatch(/^dev +admin +\* +SHA256:/m);
    const sshd = await stat(authorizedKeys());
    expect(sshd.mode & 0o777).toBe(0o600);
  });

  it('pushes to these, and its name stands by the release', async () => {
    await commit('app');
    const pushed = await gitAs('alice', 'app', 'push', urlOf('app'), 'main', 'main:feature');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect((await host.get('app-feature')).body).toBe('one');
    expect((await host.octo('releases', 'app')).stdout).toMatch(/^2 \*.* key alice$/m);
  });

  it.each(['other', 'missing'])('is refused with one line at %s, and leaves nothing', async (site) => {
    const before = await repositories();
    const pushed = await gitAs('alice', 'app', 'push', urlOf(site), 'main');
    expect(pushed.code).not.toBe(0);
    expect(pushed.stderr.split('\n')[0]).toBe(`octohost: the key "alice" may not deploy "${site}".`);
    const fetched = await gitAs('alice', 'app', 'ls-remote', urlOf(site));
    expect(fetched.stderr.split('\n')[0]).toBe(`octohost: the key "alice" may not read "${site}".`);
    expect(await repositories()).toEqual(before);
  });

  it('is refused as a whole for a branch whose site it may not deploy', async () => {
    await commit('app');
    const pushed = await gitAs('bob', 'app', 'push', urlOf('app'), 'main', 'main:x');
    expect(pushed.code).not.toBe(0);
    expect(pushed.stderr).toContain('remote: octohost: the key "bob" may not deploy "app-x".');
    expect((await host.octo('status', 'app-x')).code).toBe(2);
    expect((await host.octo('releases', 'app')).stdout).not.toContain('key bob');
  });

  it('that may read fetches and looks, and changes nothing', async () => {
    expect((await gitAs('reader', 'app', 'ls-remote', urlOf('app'))).stdout).toContain('refs/heads/main');
    expect(await as('reader', 'status app')).toMatchObject({ code: 0, stderr: '' });
    expect((await gitAs('reader', 'app', 'push', urlOf('app'), 'main')).stderr).toContain(
      'may not deploy "app"',
    );
    expect(await as('reader', 'scale app 2')).toEqual({
      code: 77,
      stdout: '',
      stderr: 'octohost: the key "reader" may not deploy "app".\n',
    });
    expect((await as('reader', 'config app')).stderr).toBe(
      'octohost: the key "reader" may not see the settings of "app".\n',
    );
  });

  it.each([
    'status %',
    'releases %',
    'config %',
    'config:get %/KEY',
    'config:set %/KEY x',
    'domains %',
    'domains:set % a.example.com',
    'logs %',
    'stop %',
    'start %',
    'scale % 2',
    'reload %',
    'remove % --yes',
    'converge %',
    'deploy % --image busybox:1',
  ])('learns nothing of other sites from: %s', async (asked) => {
    const [there, missing] = await Promise.all(
      ['other', 'missing'].map(async (site) => {
        const { code, stdout, stderr } = await as('nobody', asked.replace('%', site));
        expect({ code, stdout }).toEqual({ code: 77, stdout: '' });
        return stderr.replaceAll(site, 'SITE');
      }),
    );
    expect(there).toMatch(/^octohost: the key "nobody" may not [a-z ]+ "SITE"\.\n$/);
    expect(missing).toBe(there);
  });

  it('sees no other site in a list, and may not touch keys or the whole server', async () => {
    expect((await as('alice', 'sites')).stdout).toBe('app\napp-feature\n');
    expect((await as('nobody', 'sites')).stdout).toBe('');
    expect((await as('alice', 'status')).stdout).not.toContain('other');
    for (const asked of ['keys:list', 'keys:remove dev', 'converge'])
      expect(await as('carol', asked)).toMatchObject({
        code: 77,
        stderr: 'octohost: the key "carol" may not administer this server.\n',
      });
    const own = await readFile(`${keyOf('alice')}.pub`);
    expect((await as('alice', 'keys:add alice --admin', own)).code).toBe(77);
  });
});

describe('a command over ssh', () => {
  const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(' ');

  it.each([
    { words: ['config', 'app'] },
    { words: ['config', 'app', '--json'] },
    { words: ['config:get', 'app/DOMAINS'] },
    { words: ['config:get', 'app/NOPE'] },
    { words: ['status', 'app'] },
    { words: ['status', '--json'] },
    { words: ['status', 'nowhere'] },
    { words: ['releases', 'app'] },
    { words: ['releases', 'app', '--json'] },
    { words: ['logs', 'app'] },
    { words: ['domains:get', 'app'] },
    { words: ['sites'] },
    { words: ['scale', 'app'] },
    { words: ['scale', 'app', 'many'] },
    { words: ['remove', 'app'] },
    { words: ['help', 'config'] },
    { words: ['config', '--help'] },
    { words: ['--version'] },
  ])('says and ends as on the host: $words', async ({ words }) => {
    const here = await host.octo(...words);
    expect(await host.ssh(`octo ${quoted(words)}`)).toEqual(here);
  });

  it('changes what it is told to, word for word', async () => {
    const words = `'config:set' app/KEY "a b" --no-deploy`;
    expect(await host.ssh(words)).toMatchObject({ code: 0, stderr: '' });
    expect((await host.octo('config:get', 'app/KEY')).stdout).toBe('a b\n');
    const value = `$(id) \\\\ "x" 'y'\nz`;
    await host.ssh('config:set app/KEY - --no-deploy', { input: `${value}\n` });
    expect((await host.ssh('config:get app KEY')).stdout).toBe(`${value}\n`);
    expect(await host.ssh('config:rm app/KEY --no-deploy')).toMatchObject({ code: 0 });
    expect((await host.octo('config:get', 'app/KEY')).code).toBe(1);
  });

  it('deploys what is piped in, in the name of its key', async () => {
    const tar = execFileSync('git', ['archive', 'HEAD'], { cwd: join(host.dir, 'repositories', 'other') });
    const deployed = await as('alice', 'deploy app-tar --tar -', tar);
    expect(deployed, deployed.stderr).toMatchObject({ code: 0 });
    expect((await host.get('app-tar')).body).toBe('other');
    expect((await host.octo('releases', 'app-tar')).stdout).toMatch(/^1 \*.* key alice$/m);
    expect((await as('carol', 'deploy carols --tar -', tar)).code).toBe(0);
    expect(await as('carol', 'remove carols --yes')).toMatchObject({ code: 0 });
    expect((await host.octo('sites')).stdout).not.toContain('carols');
  });

  it.each([
    'id',
    'sh -c "touch $HOME/owned"',
    'sites; touch owned',
    'scp -t /tmp',
    '/usr/lib/openssh/sftp-server',
    'git-upload-archive app',
    'git-receive-pack app; id',
    'dev:up --dir /tmp/owned',
    'dev down --dir /tmp/owned',
    'retire:finish app',
    'door:serve --config x --key dev',
    'OCTOHOST_CONFIG=/x sites',
    'sites --config /etc/passwd',
    'deploy app /etc',
    'deploy app --tar /etc/passwd',
    'stauts',
  ])('is refused with one line and runs nothing: %s', async (asked) => {
    const refused = await host.ssh(asked);
    if (!asked.startsWith('sites;')) expect(refused).toMatchObject({ code: 77, stdout: '' });
    if (refused.code === 77) expect(refused.stderr).toMatch(/^octohost: [^\n]+\n$/);
    expect(refused.code).not.toBe(0);
    expect(refused.stdout).toBe('');
    await expect(stat(join(process.env['HOME'] ?? '/root', 'owned'))).rejects.toThrow('ENOENT');
  });

  it('gives no shell', async () => {
    const words = host.sshWords('').slice(0, -1);
    const { code, stdout, stderr } = await ran('ssh', ['-T', ...words], { input: 'touch owned\n' });
    expect({ code, stdout }).toEqual({ code: 77, stdout: '' });
    expect(stderr).toMatch(/^octohost: there is no shell here: [^\n]+\n$/);
  });
});

describe('a connection that is lost', () => {
  const serving = async () => {
    const { stdout } = await ran('ps', ['-eo', 'args']);
    return stdout
      .split('\n')
      .filter((line) => line.includes('door:serve') && line.includes(host.instance.configFile));
  };
  const begin = (asked: string) => spawn('ssh', host.sshWords(asked));

  /** Kills the client once it has shown this. */
  async function cutAfter(client: ChildProcess, shown: RegExp): Promise<void> {
    let text = '';
    for (const stream of [client.stdout, client.stderr])
      stream?.on('data', (data) => {
        text += String(data);
      });
    await expect.poll(() => text, { timeout: 20_000 }).toMatch(shown);
    await cut(client);
  }
  async function cut(client: ChildProcess): Promise<void> {
    client.kill('SIGKILL');
    await once(client, 'close');
  }

  it('ends a reader', async () => {
    await host.push('talk', { Dockerfile: command('echo hello there; exec httpd -f -p 8080') });
    await cutAfter(begin('logs talk -f'), /hello there/);
    await expect.poll(serving, { timeout: 10_000 }).toEqual([]);
  });

  it('does not stop what changes something', async () => {
    await host.push('slow', { Dockerfile: command('sleep 1; exec httpd -f -p 8080') });
    await cutAfter(begin('reload slow'), /-----> start/);
    const current = async () => (await host.octo('releases', 'slow')).stdout;
    await expect.poll(current, { timeout: 30_000 }).toMatch(/^2 \*/m);
  });

  it('stores no half of a value', async () => {
    await expect.poll(serving, { timeout: 20_000 }).toEqual([]);
    const client = begin('config:set talk/SECRET - --no-deploy');
    client.stdin?.write('the first half');
    await expect.poll(serving, { timeout: 20_000 }).toHaveLength(1);
    await cut(client);
    await expect.poll(serving, { timeout: 10_000 }).toEqual([]);
    expect((await host.octo('config:get', 'talk/SECRET')).code).toBe(1);
  });
});

describe('a certificate', () => {
  /** A key of its own each, with a certificate beside it, which ssh finds by its name. */
  async function certify(name: string, authority: string, ...words: string[]): Promise<void> {
    await ran('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', keyOf(name)]);
    const signed = await ran('ssh-keygen', ['-q', '-s', keyOf(authority), ...words, `${keyOf(name)}.pub`]);
    expect(signed, signed.stderr).toMatchObject({ code: 0 });
  }

  it('of a trusted authority comes in as its principal, with the rights of that name; others do not', async () => {
    for (const authority of ['ca', 'other-ca'])
      await ran('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', keyOf(authority)]);
    const input = await readFile(`${keyOf('ca')}.pub`);
    for (const flags of ['team --site app', 'lookers --read --site app'])
      expect(await host.ssh(`keys:add ${flags} --ca`, { input })).toMatchObject({ code: 0, stderr: '' });
    await certify('eve', 'ca', '-I', 'eve@home', '-n', 'team', '-V', '+1h');
    await certify('looker', 'ca', '-I', 'looker@home', '-n', 'lookers', '-V', '+1h');
    await commit('app');
    const pushed = await gitAs('eve', 'app', 'push', urlOf('app'), 'main');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect((await host.octo('releases', 'app')).stdout).toMatch(/^\d+ \*.* key team$/m);
    expect((await host.octo('audit', '--site', 'app')).stdout).toMatch(/key team SHA256:.* push/);
    expect((await gitAs('eve', 'app', 'push', urlOf('other'), 'main')).stderr).toContain(
      'the key "team" may not deploy "other"',
    );
    expect(await as('looker', 'status app')).toMatchObject({ code: 0 });
    expect((await as('looker', 'scale app 2')).stderr).toContain('the key "lookers" may not deploy "app"');
    expect((await as('eve', 'sh -c id')).code).toBe(77);

    const now = Date.now();
    const stamp = (at: number) => new Date(at).toISOString().replaceAll(/[-:T]|\..*/g, '');
    const past = `${stamp(now - 172_800_000)}Z:${stamp(now - 86_400_000)}Z`;
    await certify('late', 'ca', '-I', 'late', '-n', 'team', '-V', past);
    await certify('early', 'ca', '-I', 'early', '-n', 'team', '-V', '+1d:+2d');
    await certify('foreign', 'other-ca', '-I', 'foreign', '-n', 'team', '-V', '+1h');
    await certify('nameless', 'ca', '-I', 'nameless', '-V', '+1h');
    await certify('elsewhere', 'ca', '-I', 'elsewhere', '-n', 'root', '-V', '+1h');
    await certify('host', 'ca', '-h', '-I', 'host', '-n', 'team', '-V', '+1h');
    await certify('forced', 'ca', '-I', 'forced', '-n', 'team', '-O', 'force-command=id');
    for (const name of ['late', 'early', 'foreign', 'nameless', 'elsewhere', 'host', 'forced', 'ca']) {
      const refused = await as(name, 'status app');
      expect(refused, name).toMatchObject({ stdout: '' });
      expect(refused.stderr, name).toMatch(/Permission denied/);
    }
    expect(await host.octo('keys:remove', 'team')).toMatchObject({ code: 0 });
    expect((await as('eve', 'status app')).stderr).toContain('Permission denied');
    expect(await as('looker', 'status app')).toMatchObject({ code: 0 });
  });
});

describe('a key that is removed', () => {
  it('opens nothing from then on, and what others wrote beside it stays', async () => {
    await letIn('dave');
    await appendFile(authorizedKeys(), '# mine\nssh-rsa AAAA not a key\n');
    const line = (await readFile(authorizedKeys(), 'utf8')).split('\n').find((one) => one.endsWith(' dave'));
    expect(await as('dave', 'sites')).toMatchObject({ code: 0 });
    expect(await host.octo('keys:remove', 'dave')).toMatchObject({ code: 0 });
    expect((await as('dave', 'sites')).stderr).toContain('Permission denied');
    const left = await readFile(authorizedKeys(), 'utf8');
    expect(left).toMatch(/keys end\n# mine\nssh-rsa AAAA not a key\n$/);
    expect(left).not.toContain('dave');
    await appendFile(authorizedKeys(), `${line}\n`);
    const gone = { code: 77, stdout: '', stderr: 'octohost: the key "dave" was removed.\n' };
    expect(await as('dave', 'sites')).toEqual(gone);
    expect((await gitAs('dave', 'app', 'ls-remote', urlOf('app'))).stderr).toContain(gone.stderr);
    expect((await gitAs('dave', 'app', 'push', urlOf('app'), 'main')).stderr).toContain(gone.stderr);
  });
});
