/** The world around octohost fails: one clear error, nothing changed, nothing left over. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { octoPath, type PrivateInstance, page, privateInstance, ran } from '../helpers/private-instance.ts';

let host: PrivateInstance;
beforeAll(async () => {
  host = await privateInstance();
  await host.octo('deploy', 'shop', await host.folder(page('old')));
});
afterAll(() => host?.dispose());

describe("the operator's own nginx file", () => {
  const own = () => join(host.dir, 'i/data/nginx/conf.d/own.conf');

  it('that is broken stops no deploy, and is named in a warning (PARITY bug 14)', async () => {
    await writeFile(own(), 'server { listen nonsense }\n');
    const done = await host.octo('deploy', 'shop', await host.folder(page('beside a broken file')));
    expect(done.code, done.stderr).toBe(0);
    expect(done.stderr).toMatch(/own\.conf is left out .* in .*own\.conf:1/);
    expect((await host.get('shop')).body).toBe('beside a broken file');
    expect(await readFile(own(), 'utf8')).toBe('server { listen nonsense }\n');
  });

  it('that is taken away is no longer spoken of', async () => {
    await rm(own());
    const done = await host.octo('converge');
    expect(done.code, done.stderr).toBe(0);
    expect(done.stderr).not.toContain('own.conf');
    await host.octo('deploy', 'shop', await host.folder(page('old')));
  });
});

describe('an engine that does not run', () => {
  it('is named, with what to do', async () => {
    const file = join(host.dir, 'dead.config.ts');
    const text = await readFile(host.instance.configFile, 'utf8');
    await writeFile(file, text.replace(host.instance.dockerHost, 'unix:///nowhere/docker.sock'));
    const done = await host.octo('deploy', 'shop', await host.folder(page('new')), '--config', file);
    expect(done.code, done.stderr).toBe(69);
    expect(done.stderr).toContain('/nowhere/docker.sock');
    expect(done.stderr).toContain('Try this:');
    expect((await host.get('shop')).body).toBe('old');
  });

  it('of DOCKER_HOST is an error of dev:up, which leaves nothing', async () => {
    const dir = join(host.dir, 'no-engine');
    const done = await ran(octoPath, ['dev:up', '--dir', dir], {
      env: { ...process.env, DOCKER_HOST: 'unix:///nowhere/docker.sock' },
    });
    expect(done.code).toBe(69);
    expect(done.stderr).toContain('E_DEV_ENGINE');
    expect(existsSync(dir)).toBe(false);
  });
});

describe('an HTTP port that another program has', () => {
  it('is an error of dev:up, which leaves nothing', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const dir = join(host.dir, 'no-port');
    const done = await ran(octoPath, ['dev:up', '--dir', dir, '--http-port', String(port)], {
      env: { ...process.env },
    });
    taken.close();
    expect(done.code).not.toBe(0);
    expect(done.stderr).toContain(String(port));
    expect(done.stderr).toContain('Try this:');
    expect(existsSync(dir)).toBe(false);
    expect(processesIn(dir)).toEqual([]);
  });
});

describe('a full disk', () => {
  it('fails a deploy cleanly; with room again the next one goes through', async () => {
    const mount = await mkdtemp(join(tmpdir(), 'octo-full-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', mount]);
    const small = await privateInstance({ dir: join(mount, 'i') });
    try {
      const refused = await small.octo('deploy', 'shop', await small.folder(page('old')));
      expect(refused.code).not.toBe(0);
      expect(refused.stderr).toMatch(/no room for a build.*: [0-4] MB free.*octo clean/s);
      await small.configure('plugins:', 'builds: { minFreeMegabytes: 0 },\n  ');
      await small.octo('deploy', 'shop', await small.folder(page('old')));
      await mkdir(join(mount, 'ballast'));
      await fill(join(mount, 'ballast', 'file'));
      const done = await small.octo('deploy', 'shop', await small.folder(page('new')));
      expect(done.code, done.stderr).not.toBe(0);
      expect(done.stderr).toContain('Try this:');
      expect(done.stderr).not.toContain('This is a bug');
      expect((await small.get('shop')).body).toBe('old');
      await rm(join(mount, 'ballast'), { recursive: true });
      const again = await small.octo('deploy', 'shop', await small.folder(page('new')), '--wait');
      expect(again, again.stderr).toMatchObject({ code: 0 });
      expect((await small.get('shop')).body).toBe('new');
      expect((await small.octo('converge')).stdout).toMatch(/nothing to do/i);
    } finally {
      const { bringDown } = await import('../../cli/dev/instance.ts');
      await bringDown(join(mount, 'i'), () => {});
      await small.dispose();
      execFileSync('umount', [mount]);
      await rm(mount, { recursive: true });
    }
  });
});

async function fill(file: string): Promise<void> {
  await writeFile(file, Buffer.alloc(8 * 1024 * 1024)).catch((error: NodeJS.ErrnoException) =>
    expect(error.code).toBe('ENOSPC'),
  );
}

function processesIn(dir: string): string[] {
  return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(dir) && !line.startsWith('ps '));
}
