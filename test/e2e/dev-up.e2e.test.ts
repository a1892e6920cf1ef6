/** A plugin's own end-to-end test as the test kit helps with it: an instance with the plugin, pushed to for real. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { committer, done, page, ran, writeFiles } from '../helpers/private-instance.ts';
import { type DevInstance, devUp } from '../testing.ts';

let folder: string;
let host: DevInstance | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octo-kit-'));
  const config = join(folder, 'octohost.config.ts');
  await writeFile(
    config,
    `import { appendFileSync } from 'node:fs';
import { defineConfig } from 'octohost';
import { dockerRuntime } from 'octohost/plugins/docker-runtime';
import { dockerfileBuilder } from 'octohost/plugins/dockerfile-builder';
import { embeddedRegistrar } from 'octohost/plugins/embedded-registrar';
import { embeddedStore } from 'octohost/plugins/embedded-store';
import { nginxRouter } from 'octohost/plugins/nginx-router';

export default defineConfig({
  plugins: [
    dockerfileBuilder(),
    dockerRuntime(),
    embeddedStore(),
    embeddedRegistrar(),
    nginxRouter(),
    {
      name: 'notes',
      setup: ({ hooks }) =>
        hooks.routed.tap('note', ({ site }) => {
          console.log('noted', site);
          appendFileSync(${JSON.stringify(join(folder, 'notes'))}, site);
        }),
    },
  ],
});
`,
  );
  host = await devUp({ config });
});
afterAll(async () => {
  if (host && existsSync(host.dir)) await host.dispose();
  await rm(folder, { recursive: true, force: true });
});

it('has the plugin, serves what is pushed, and nothing is left of it afterwards', async () => {
  if (!host) throw new Error('There is no instance.');
  const { environment, pushUrl, dir } = host;
  const repository = join(folder, 'repository');
  await writeFiles(repository, page('from the kit'));
  const git = (...words: string[]) =>
    done(ran('git', words, { cwd: repository, env: { ...environment, ...committer } }));
  await git('init', '-q', '--initial-branch=main');
  await git('add', '-A');
  await git('commit', '-qm', 'A page');
  // What the tap writes to stdout would break git's protocol there.
  const pushed = await git('push', pushUrl.replace('{site}', 'kit'), 'main');
  expect(pushed.stderr).toContain('notes:note on routed writes to stdout');
  expect(pushed.stderr).toContain('noted kit');
  expect(await host.request('kit')).toEqual({ status: 200, body: 'from the kit' });
  expect(await readFile(join(folder, 'notes'), 'utf8')).toBe('kit');
  const again = await host.octo('deploy', 'kit', repository, '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({
    warnings: [{ text: expect.stringContaining('notes:note on routed') }],
  });
  expect((await host.octo('status')).stdout).toContain('kit');
  await host.dispose();
  expect(existsSync(dir)).toBe(false);
});
