/** What of a pushed repository octohost does not do is said, and what the operator allows is done. */
import { randomBytes } from 'node:crypto';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PrivateInstance, page, privateInstance } from '../helpers/private-instance.ts';

let host: PrivateInstance;
let config: string;
let commit: string;
beforeAll(async () => {
  host = await privateInstance();
  config = await readFile(host.instance.configFile, 'utf8');
  expect(await host.push('lib', page('from the library'))).toMatchObject({ code: 0 });
  commit = (await host.git('lib', 'rev-parse', 'main')).stdout.trim();
});
afterAll(() => host?.dispose());

const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12\n`;
const modules = '[submodule "lib"]\n\tpath = lib\n\turl = ../lib.git\n';

const configure = (git: string) =>
  writeFile(host.instance.configFile, config.replace('  environment:', `  git: ${git},\n  environment:`));

/** Commits with a submodule, whose folder is not here, and pushes. */
async function push(site: string, pinned: string) {
  await host.git(site, 'update-index', '--add', '--cacheinfo', `160000,${pinned},lib`);
  await host.git(site, 'commit', '-q', '--allow-empty', '-m', 'A submodule');
  return host.git(site, 'push', host.instance.pushUrl.replace('{site}', site), 'main');
}

it('links, Git LFS and submodules that are not allowed are said to the pusher, and the site is live', async () => {
  const files = { ...page('here'), '.gitattributes': '*.png filter=lfs\n', 'a.png': pointer };
  expect(await host.push('app', { ...files, '.gitmodules': modules })).toMatchObject({ code: 0 });
  await symlink('/etc/passwd', join(host.dir, 'repositories', 'app', 'CNAME'));
  await host.git('app', 'add', 'CNAME');
  const { code, stderr } = await push('app', commit);
  expect(stderr).toMatch(/remote: .*CNAME is a symbolic link/);
  expect(stderr).toMatch(/remote: .*One file is kept by Git LFS/);
  expect(stderr).toMatch(/remote: .*The submodule lib \(\.\.\/lib\.git\) is not fetched/);
  expect(code).toBe(0);
  expect((await host.get('app')).body).toBe('here');
});

it('a submodule of this host is built in, once the operator allows it', async () => {
  await configure('{ submodules: { sameHost: true } }');
  const Dockerfile = (page('').Dockerfile ?? '').replace('COPY index.html', 'COPY lib/index.html');
  expect((await host.push('app', { Dockerfile })).code).not.toBe(0);
  expect(await push('app', commit)).toMatchObject({ code: 0 });
  expect((await host.get('app')).body).toBe('from the library');
});

it('a submodule without its commit refuses the push before the build', async () => {
  const { code, stderr } = await push('app', '1'.repeat(40));
  expect(code).not.toBe(0);
  expect(stderr).toContain('E_SUBMODULE_COMMIT');
  expect(stderr).not.toContain('-----> build');
  expect((await host.get('app')).body).toBe('from the library');
});

it('a push that is too large is refused, and nothing of it is kept', async () => {
  await configure('{ maxPushMegabytes: 1 }');
  const noise = randomBytes(1024 * 1024 + 1024).toString('base64');
  const { code, stderr } = await host.push('large', { ...page('x'), noise });
  expect(code).not.toBe(0);
  expect(stderr).toContain('pack exceeds maximum allowed size');
  expect((await host.octo('sites', '--json')).stdout).not.toContain('large');
});

it('a push that is not received in time is ended, and the pusher is told the limit', async () => {
  await configure('{ maxPushSeconds: 1 }');
  // A client that opens the connection and then says nothing.
  const sent = await host.ssh("git-receive-pack '/app.git'");
  expect(sent.code).not.toBe(0);
  expect(sent.stderr).toContain('E_PUSH_TIME');
});
