import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRepository, repositoryPath } from '../../../cli/door/repository.ts';
import { exists } from '../../../cli/exists.ts';
import { silent } from '../../../cli/render/quiet.ts';
import { parseBranchRef, parseSiteName } from '../../../core/index.ts';
import { quickClock } from '../../helpers/clock.ts';
import { memoryTree } from '../../testing/memory-tree.ts';
import { type CommandLine, commandLine } from '../command-line.ts';
import { createScratch } from '../door/scratch.ts';
import { type Sample, sample } from '../sample.ts';

const app = parseSiteName('app');

describe('the commands on a site', () => {
  let line: CommandLine;
  let site: Sample;
  const instances = async () => (await line.engine().instances(app)).length;
  beforeEach(async () => {
    line = commandLine({ clock: quickClock() });
    site = await sample({
      Dockerfile: 'FROM scratch\nEXPOSE 8080\nVOLUME /data\n',
      CNAME: 'www.example.org\n',
    });
    await line.octo('deploy', 'app', site.folder);
    line.background.splice(0);
  });
  afterEach(async () => {
    await line.dispose();
    await site.dispose();
  });

  describe('octo sites and octo status', () => {
    it('lists sites with a release or a setting, by name', async () => {
      await line.octo('config:set', 'aaa/A', '1');
      expect((await line.octo('sites')).stdout).toBe('aaa\napp\n');
      expect((await line.octo('sites', '--json')).json()).toEqual({ sites: ['aaa', 'app'] });
    });

    it('shows all sites in a table that fits the terminal', async () => {
      const name = `long-${'x'.repeat(55)}`;
      await line.octo('config:set', `${name}/A`, '1');
      const { stdout } = await line.octoWith({ terminal: true }, 'status');
      const lines = stdout.trimEnd().split('\n');
      expect(lines).toHaveLength(3);
      expect(Math.max(...lines.map((text) => text.length))).toBeLessThanOrEqual(80);
      expect(lines[1]).toMatch(/^app +OK +1\/1 +1 +http:\/\/app\.example\.com$/);
      expect(lines[2]).toContain('…');
    });

    it('shows one site in full, and exits with 0 even when it is down', async () => {
      for (const instance of await line.engine().instances(app)) await line.roles.runtime.vanish(instance);
      const { stdout, code } = await line.octo('status', 'app');
      expect(code).toBe(0);
      expect(stdout).toMatch(/^state +DOWN$/m);
      expect(stdout).toMatch(/^instances +0 of 1$/m);
      expect(stdout).toContain('http://www.example.org');
    });

    it('refuses a site that does not exist', async () => {
      expect((await line.octo('status', 'nowhere', '--json')).json()).toMatchObject({
        error: { code: 'E_SITE_UNKNOWN' },
      });
    });
  });

  describe('octo explain', () => {
    it('shows each value and where it comes from', async () => {
      await line.octo('config:set', 'app', 'CONTAINERS=2', 'TOKEN=secret');
      const { stdout, code } = await line.octo('explain', 'app');
      expect(code).toBe(0);
      expect(stdout).toMatch(/^WHAT +VALUE +FROM$/m);
      expect(stdout).toMatch(/^instances +2 +setting CONTAINERS$/m);
      expect(stdout).toMatch(/^host name +www\.example\.org +CNAME$/m);
      expect(stdout).not.toContain('secret');
      expect((await line.octo('explain', 'app', '--json')).json()).toMatchObject({
        site: 'app',
        specification: expect.arrayContaining([{ name: 'http port', value: '8080', origin: 'image' }]),
      });
    });

    it('shows of all values those of a name or a setting, and what there is where that is none', async () => {
      await line.octo('config:set', 'app', 'CONTAINERS=2');
      const shown = async (what: string) =>
        (await line.octo('explain', 'app', what)).stdout
          .split('\n')
          .slice(1, -1)
          .map((row) => row.split(/ {2,}/)[0]);
      expect(await shown('PORT')).toContain('http port');
      expect(await shown('containers')).toEqual(['instances']);
      const { stderr, code } = await line.octo('explain', 'app', 'nonsense');
      expect(code).toBe(2);
      expect(stderr).toMatch(/Nothing is called "nonsense"; there are .*http port/);
    });

    it('refuses a site that does not exist', async () => {
      expect((await line.octo('explain', 'nowhere', '--json')).json()).toMatchObject({
        error: { code: 'E_SITE_UNKNOWN' },
      });
    });
  });

  describe('octo scale, stop, start and reload', () => {
    it('scales up and down by releases that replace nothing', async () => {
      const [first] = await line.engine().instances(app);
      expect((await line.octo('scale', 'app', '3', '--json')).json()).toMatchObject({
        release: 2,
        retiring: 0,
      });
      expect(await instances()).toBe(3);
      expect((await line.octo('scale', 'app', '1', '--wait', '--json')).json()).toMatchObject({
        retiring: 2,
      });
      expect(await line.engine().instances(app)).toEqual([first]);
      // The two that came with it are watched; nothing else is left to do.
      expect(line.background).toEqual([['app']]);
    });

    it.each(['0', '101', 'many', '1.5', '-1'])('refuses to scale to %s', async (count) => {
      expect(await line.octo('scale', 'app', count)).toMatchObject({ code: 2 });
      expect(await instances()).toBe(1);
    });

    it('stops a site and starts it again, with another count if asked', async () => {
      expect((await line.octo('stop', 'app', '--json')).json()).toEqual({ site: 'app', state: 'stopped' });
      expect(await line.roles.runtime.list()).toEqual([]);
      await line.octo('start', 'app', '2');
      expect((await line.octo('status', 'app', '--json')).json()).toMatchObject({ state: 'up', running: 2 });
    });

    it('lets a stopped site stay stopped when it is scaled', async () => {
      await line.octo('stop', 'app');
      expect((await line.octo('scale', 'app', '2', '--json')).json()).toMatchObject({ applied: false });
      expect((await line.octo('status', 'app', '--json')).json()).toMatchObject({ state: 'stopped' });
    });

    it('replaces every instance with reload', async () => {
      const before = await line.engine().instances(app);
      await line.octo('reload', 'app');
      const after = await line.engine().instances(app);
      expect(after).toHaveLength(1);
      expect(after[0]?.id).not.toBe(before[0]?.id);
      expect(line.background).toEqual([['app']]);
    });

    it('bug 6 of the original: "`reload` stopped everything before starting anything"', async () => {
      const { runtime, router } = line.roles;
      runtime.faults.after('start', async () => {
        expect((await router.request('app.example.com')).status).toBe(200);
      });
      const first = runtime.calls.length;
      await line.octo('reload', 'app', '--wait');
      const order = runtime.calls.slice(first).map(({ method }) => method);
      expect(order.indexOf('start')).toBeGreaterThan(-1);
      expect(order.indexOf('stop')).toBeGreaterThan(order.indexOf('start'));
      expect((await router.request('app.example.com')).status).toBe(200);
    });

    it.each(['start', 'reload', 'stop'])('refuses to %s a site without a release', async (command) => {
      await line.octo('config:set', 'fresh/A', '1');
      expect((await line.octo(command, 'fresh', '--json')).json()).toMatchObject({
        error: { code: 'E_SITE_NEVER_RELEASED' },
      });
    });
  });

  describe('octo domains and octo releases', () => {
    it('shows each domain with its origin', async () => {
      await line.octo('domains:set', 'app', 'a.example.net,b.example.net');
      const { stdout } = await line.octo('domains', 'app');
      expect(
        stdout
          .trimEnd()
          .split('\n')
          .map((text) => text.split(/ {2,}/)),
      ).toEqual([
        ['DOMAIN', 'ORIGIN'],
        ['app.example.com', 'default'],
        ['www.example.org', 'CNAME'],
        ['a.example.net', 'domains:set'],
        ['b.example.net', 'domains:set'],
      ]);
      expect(line.background).toEqual([]);
    });

    it.each(['http://a.example.net', 'a;b', 'x.com; return 301 http://evil'])(
      'refuses the domain %j',
      async (text) => {
        expect((await line.octo('domains:set', 'app', text, '--json')).json()).toMatchObject({
          error: { code: 'E_DOMAIN' },
        });
      },
    );

    it('keeps the domains of a site without a release for its first one', async () => {
      expect((await line.octo('domains:set', 'fresh', 'fresh.example.net', '--json')).json()).toMatchObject({
        applied: false,
      });
      expect((await line.octo('domains', 'fresh', '--json')).json()).toMatchObject({
        domains: [{ origin: 'default' }, { domain: 'fresh.example.net', origin: 'domains:set' }],
      });
    });

    it('lists releases, the newest first, with who made them and why', async () => {
      await line.octo('reload', 'app');
      const { stdout } = await line.octo('releases', 'app');
      const rows = stdout
        .trimEnd()
        .split('\n')
        .map((text) => text.split(/ {2,}/));
      expect(rows.map(([number, , why, , , , by]) => [number, why, by])).toEqual([
        ['RELEASE', 'WHY', 'BY'],
        ['2 *', 'reload', 'me on test'],
        ['1', 'deploy', 'me on test'],
      ]);
      expect((await line.octo('releases', 'app', '--json')).json()).toMatchObject({
        current: 2,
        releases: [{ number: 1 }, { number: 2 }],
      });
    });
  });

  describe('octo logs', () => {
    it('prints the last lines, named by instance where there are several', async () => {
      const [only] = await line.engine().instances(app);
      if (!only) throw new Error('no instance');
      for (const text of ['one', 'two', 'three']) line.roles.runtime.print(only, text);
      expect((await line.octo('logs', 'app', '-n', '2')).stdout).toBe('two\nthree\n');
      await line.octo('scale', 'app', '2');
      expect((await line.octo('logs', 'app')).stdout).toContain(`${only.name} | three\n`);
      expect((await line.octo('logs', 'app', '--instance', only.name, '-n', '1')).stdout).toBe('three\n');
      expect((await line.octo('logs', 'app', '-n', '1', '--json')).json()).toEqual({
        site: 'app',
        lines: [{ instance: only.name, stream: 'stdout', text: 'three' }],
      });
    });

    it('follows until Ctrl-C', async () => {
      const [only] = await line.engine().instances(app);
      if (!only) throw new Error('no instance');
      line.roles.runtime.print(only, 'before');
      const result = await line.octoWith(
        {
          onInterruptible: (interrupt) => {
            setTimeout(() => line.roles.runtime.print(only, 'after'), 20);
            setTimeout(interrupt, 60);
          },
        },
        'logs',
        'app',
        '-f',
      );
      expect(result).toMatchObject({ stdout: 'before\nafter\n', stderr: '', code: 130 });
    });

    it('takes control characters out on a terminal, and leaves them in a pipe', async () => {
      const [only] = await line.engine().instances(app);
      if (!only) throw new Error('no instance');
      line.roles.runtime.print(only, '\u001b]0;title\u0007red\u001b[31m!');
      expect((await line.octoWith({ terminal: true }, 'logs', 'app')).stdout).toBe('red!\n');
      expect((await line.octo('logs', 'app')).stdout).toBe('\u001b]0;title\u0007red\u001b[31m!\n');
    });

    it('refuses an unknown instance by naming those that there are, and --json with -f', async () => {
      const [only] = await line.engine().instances(app);
      const unknown = await line.octo('logs', 'app', '--instance', 'nobody');
      expect(unknown.code).toBe(2);
      expect(unknown.stderr).toContain(only?.name);
      expect(await line.octo('logs', 'app', '-f', '--json')).toMatchObject({ code: 2 });
    });
  });

  describe('octo remove', () => {
    it('asks for the name at a terminal, and removes only when it is typed', async () => {
      const refused = await line.octoWith({ terminal: true, stdin: 'yes\n' }, 'remove', 'app');
      expect(refused.code).toBe(2);
      expect((await line.octo('sites')).stdout).toBe('app\n');
      const removed = await line.octoWith({ terminal: true, stdin: 'app\n' }, 'remove', 'app');
      expect(removed).toMatchObject({ code: 0 });
      expect((await line.octo('sites')).stdout).toBe('');
    });

    it('needs --yes where there is nobody to ask', async () => {
      expect(await line.octoWith({ stdin: 'app\n' }, 'remove', 'app')).toMatchObject({ code: 2 });
      expect((await line.octo('sites')).stdout).toBe('app\n');
    });

    it.each([
      { name: 'app', ref: 'refs/heads/main' },
      { name: 'app-x', ref: 'refs/heads/x' },
    ])(
      'waits for a push to the repository of $name, and takes away what that deployed',
      async ({ name, ref }) => {
        // A quick clock would outrun the heartbeat of whoever holds the lease, and a removal that waits would take it.
        await line.dispose();
        line = commandLine();
        const engine = line.engine();
        const origin = { repository: app, ref: parseBranchRef(ref) };
        const source = {
          kind: 'tree',
          tree: memoryTree({ Dockerfile: 'FROM scratch\nEXPOSE 8080\n' }),
        } as const;
        const operation = { actor: 'me', signal: new AbortController().signal, reporter: silent };
        const deploy = () => engine.deploy([{ site: parseSiteName(name), origin, source }], operation);
        await deploy();
        const { calls } = line.roles.store;
        const removing = await engine.exclusively(app, operation, async () => {
          const before = calls.length;
          const running = line.octo('remove', name, '--yes');
          const asks = () =>
            calls.slice(before).some((call) => String(call.arguments[0]).endsWith('/door/app'));
          await expect.poll(asks, { timeout: 10_000 }).toBe(true);
          await deploy();
          return { running };
        });
        expect(await removing.running).toMatchObject({ code: 0 });
        expect((await line.octo('sites')).stdout.split('\n')).not.toContain(name);
      },
    );

    it('forgets the branches of a site that a killed removal left them of', async () => {
      const { config } = line.engine();
      const scratch = createScratch();
      const repository = await openRepository(config.dataDir, app);
      scratch.commit(repository.path, { file: 'x' });
      await repository.keep();
      scratch.remove();
      const operation = { actor: 'me', signal: new AbortController().signal, reporter: silent };
      await line.engine().remove(app, { volumes: false }, operation);
      expect((await line.octo('remove', 'app', '--yes')).stderr).toContain('E_SITE_UNKNOWN');
      expect(await exists(repositoryPath(config.dataDir, app))).toBe(false);
    });

    it('leaves the volumes and says so, or removes and names them', async () => {
      const [volume] = await line.roles.runtime.volumes(app);
      expect((await line.octo('remove', 'app', '--yes', '--json')).json()).toEqual({
        site: 'app',
        removedVolumes: [],
        keptVolumes: [volume],
      });
      expect(await line.roles.runtime.volumes(app)).toEqual([volume]);
      const { stdout } = await line.octo('remove', 'app', '--yes', '--volumes');
      expect(stdout).toMatch(/^Volumes that went with it: .*app.*data$/m);
      expect(await line.roles.runtime.volumes(app)).toEqual([]);
    });
  });

  describe('octo converge', () => {
    it('tells what it did, and that a second run has nothing to do', async () => {
      for (const instance of await line.engine().instances(app)) await line.roles.runtime.vanish(instance);
      const first = await line.octo('converge');
      expect(first).toMatchObject({ code: 0 });
      expect(first.stdout).toMatch(/^app: started /m);
      expect((await line.octo('converge')).stdout).toBe('Nothing to do.\n');
      expect((await line.octo('converge', 'app', '--json')).json()).toEqual({ actions: [], problems: [] });
    });

    it('tells every problem and exits with 1', async () => {
      for (const instance of await line.engine().instances(app)) await line.roles.runtime.vanish(instance);
      line.roles.runtime.behave({ kind: 'exits', code: 9 });
      const result = await line.octo('converge', '--quiet');
      expect(result).toMatchObject({ code: 1, stdout: '' });
      expect(result.stderr).toContain('E_CHECK_DEAD');
      const json = await line.octo('converge', '--json');
      expect(json.code).toBe(1);
      expect(json.json()).toMatchObject({ problems: [{ site: 'app', error: { code: 'E_CHECK_DEAD' } }] });
    });

    it('says nothing with --quiet where all is well', async () => {
      expect(await line.octo('converge', '--quiet')).toMatchObject({ code: 0, stdout: '', stderr: '' });
    });
  });

  it('says of a release whose instances do not stay that it is unstable, whoever asks first', async () => {
    for (const instance of await line.engine().instances(app)) await line.roles.runtime.crash(instance);
    expect((await line.octo('status', 'app')).stdout).toMatch(/^note +unstable: .*octo logs app/m);
    expect((await line.octo('status', 'app', '--json')).json()).toMatchObject({ unstable: true });
    expect((await line.octo('status')).stdout).toMatch(/^app +OK \* /m);
    expect((await line.octo('releases', 'app')).stdout).toMatch(/^1 \* .* unstable /m);
    expect(await line.octo('retire:finish', 'app')).toMatchObject({ code: 0 });
    expect((await line.octo('releases', 'app', '--json')).json()).toMatchObject({
      releases: [{ number: 1, unstable: true }],
    });
  });

  it('ends what retires with retire:finish', async () => {
    await line.octo('reload', 'app');
    expect(await line.roles.runtime.list()).toHaveLength(2);
    expect(await line.octo('retire:finish', 'app')).toMatchObject({ code: 0, stdout: '' });
    expect(await line.roles.runtime.list()).toHaveLength(1);
  });
});
