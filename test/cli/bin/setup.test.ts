import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('../../../cli/bin/setup', import.meta.url));
let dir: string;
let root: string;
let bin: string;

/** A clone with nothing but a lock file, and a path that begins with our npm and an apt-get that does nothing. */
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octohost-setup-'));
  root = join(dir, 'my clone');
  bin = join(dir, 'bin');
  await mkdir(join(root, 'cli/bin'), { recursive: true });
  await mkdir(bin);
  await cp(source, join(root, 'cli/bin/setup'));
  for (const folder of ['core', 'plugins']) await mkdir(join(root, folder));
  for (const file of ['octohost.config.ts', 'esbuild.config.ts']) await writeFile(join(root, file), '');
  await writeFile(join(root, 'package-lock.json'), '{ "version": 1 }');
  await script('apt-get', 'exit 1');
  // Tells its version, starts from its snapshot, or builds.
  await script(
    'node-24',
    `case $1 in
      --version) ;;
      --snapshot-blob) [ ! -e another-node ] ;;
      *) rm -f another-node && mkdir -p dist && touch dist/.built && echo built >> builds ;;
    esac`,
  );
  // The programs that it looks for are there, whatever this machine has.
  for (const name of [
    'dockerd',
    'containerd',
    'iptables',
    'ip',
    'nginx',
    'sshd',
    'ssh',
    'ssh-keygen',
    'git',
    'busybox',
  ]) {
    await script(name, ':');
  }
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

async function script(name: string, text: string): Promise<void> {
  await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`);
  await chmod(join(bin, name), 0o755);
}

/** An npm that writes down how it was called, then does this. */
function npm(text: string): Promise<void> {
  return script('npm', `echo "$*" >> "${dir}/npm-calls"\nrm -rf node_modules\n${text}`);
}

const installs = `mkdir -p node_modules/node/bin
cp "\${0%/*}/node-24" node_modules/node/bin/node
chmod 755 node_modules/node/bin/node
touch node_modules/.package-lock.json
echo 'npm warn EBADENGINE Unsupported engine' >&2`;

function setUp(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('sh', [join(root, 'cli/bin/setup'), ...args], {
    cwd: '/',
    env: { PATH: `${bin}:${process.env['PATH']}`, TMPDIR: dir },
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

async function npmCalls(): Promise<number> {
  const file = join(dir, 'npm-calls');
  return existsSync(file) ? (await readFile(file, 'utf8')).trim().split('\n').length : 0;
}

describe('setup', () => {
  it('installs node_modules once, without npm’s noise, and again when the lock file has changed', async () => {
    await npm(installs);
    const first = setUp();
    expect(first.status).toBe(0);
    expect(first.output).toMatch(/done in \d+ s\n$/);
    expect(first.output).not.toContain('EBADENGINE');
    expect(setUp()).toEqual({ status: 0, output: 'set-up: all is in place\n' });
    expect(await npmCalls()).toBe(1);
    await writeFile(join(root, 'package-lock.json'), '{ "version": 2 }');
    expect(setUp().status).toBe(0);
    expect(await npmCalls()).toBe(2);
  });

  it.each(['node_modules/node/bin/node', 'node_modules/.package-lock.json'])(
    'installs again when %s is missing',
    async (file) => {
      await npm(installs);
      setUp();
      await rm(join(root, file));
      expect(setUp().status).toBe(0);
      expect(await npmCalls()).toBe(2);
    },
  );

  it('builds once, and again when a source is newer, or the snapshot is of another Node', async () => {
    await npm(installs);
    const builds = async () => (await readFile(join(root, 'builds'), 'utf8')).trim().split('\n').length;
    setUp();
    setUp();
    expect(await builds()).toBe(1);
    const later = new Date(Date.now() + 1000);
    await utimes(join(root, 'core'), later, later);
    expect(setUp().output).toContain('building the command');
    expect(await builds()).toBe(2);
    await utimes(join(root, 'core'), new Date(0), new Date(0));
    await writeFile(join(root, 'another-node'), '');
    setUp();
    setUp();
    expect(await builds()).toBe(3);
  });

  it('shows what npm said when it fails, and leaves no log behind', async () => {
    await npm('echo "npm warn EBADENGINE x" >&2; echo "npm error code E404" >&2; exit 1');
    const { status, output } = setUp();
    expect(status).toBe(1);
    expect(output).toContain('npm error code E404');
    expect(output).not.toContain('EBADENGINE');
    expect(spawnSync('ls', [dir], { encoding: 'utf8' }).stdout).not.toContain('octohost-setup.');
  });

  it('does not take an npm that skipped the install script of node for a success', async () => {
    await npm('mkdir node_modules; touch node_modules/.package-lock.json');
    expect(setUp()).toMatchObject({ status: 1, output: expect.stringContaining('npm rebuild node') });
    expect(existsSync(join(root, 'node_modules/.octohost-setup'))).toBe(false);
  });

  it.each([
    { what: 'where it is there', module: true },
    { what: 'which apt-get has no fitting one of', module: false },
  ])("is content with nginx's Lua module $what", async ({ module }) => {
    await npm(installs);
    setUp();
    await script('nginx', `echo "configure arguments: --prefix=/x --modules-path=${dir}/modules" >&2`);
    await mkdir(join(dir, 'modules'));
    if (module) await writeFile(join(dir, 'modules', 'ngx_http_lua_module.so'), '');
    await script('apt-get', `echo "$*" >> "${dir}/apt-calls"\nexit 1`);
    expect(setUp()).toEqual({ status: 0, output: 'set-up: all is in place\n' });
    if (module) expect(existsSync(join(dir, 'apt-calls'))).toBe(false);
  });

  it('for a server looks at packages alone, and says which are missing without installing any', async () => {
    await npm('exit 1');
    await script('setcap', ':');
    await script('update-ca-certificates', ':');
    expect(setUp('--missing')).toEqual({ status: 0, output: '' });
    expect(setUp('--server')).toEqual({ status: 0, output: 'set-up: all is in place\n' });
    await script('nginx', `echo "configure arguments: --modules-path=${dir}/modules" >&2`);
    await script('apt-get', `echo "$*" >> "${dir}/apt-calls"`);
    const missing = process.getuid?.() === 0 ? 'libnginx-mod-http-lua\n' : '';
    expect(setUp('--missing')).toEqual({ status: 0, output: missing });
    expect(await readFile(join(dir, 'apt-calls'), 'utf8').catch(() => '')).not.toMatch(/^(?!-s |$)/m);
    expect(await npmCalls()).toBe(0);
  });

  it.each([{ args: ['--test'] }, { args: ['--tests', 'x'] }, { args: ['--server', '--missing'] }])(
    'refuses $args',
    ({ args }) => {
      expect(setUp(...args)).toMatchObject({
        status: 2,
        output: 'usage: setup [--tests | --server | --missing]\n',
      });
    },
  );
});
