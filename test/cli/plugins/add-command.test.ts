/** `octo plugins:create` and `plugins:add` as processes, where root becomes the configuration's user. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { packageRoot } from '../../../cli/program.ts';

// npm and five processes, on a busy machine.
vi.setConfig({ testTimeout: 600_000 });

const isRoot = process.getuid?.() === 0;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octo-add-'));
  await chmod(folder, 0o755);
  await mkdir(join(folder, 'data'));
  await chmod(join(folder, 'data'), 0o777);
  const config = {
    user: isRoot ? 'nobody' : userInfo().username,
    dataDir: join(folder, 'data'),
  };
  await writeFile(
    join(folder, 'octohost.config.ts'),
    `import { defineConfig } from 'octohost';
import { consul } from 'octohost/plugins/consul';
import { dockerRuntime } from 'octohost/plugins/docker-runtime';
import { dockerfileBuilder } from 'octohost/plugins/dockerfile-builder';
import { nginxRouter } from 'octohost/plugins/nginx-router';
export default defineConfig({
  ...${JSON.stringify(config)},
  plugins: [dockerfileBuilder(), dockerRuntime(), consul(), nginxRouter()],
});
`,
  );
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function octo(stdin: string, ...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const environment = { ...process.env, OCTOHOST_CONFIG: join(folder, 'octohost.config.ts') };
  const options = { cwd: folder, env: { ...environment, npm_config_offline: 'true' } };
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      [join(packageRoot, 'cli', 'bin', 'main.ts'), ...words],
      options,
      (error, stdout, stderr) => done({ code: error ? Number(error.code ?? 255) : 0, stdout, stderr }),
    );
    child.stdin?.end(stdin);
  });
}

it('what plugins:create made is added as it is; its options are secret, and root runs nothing of it', async () => {
  await octo('', 'plugins:create', 'mail');
  const code = (await readFile(join(folder, 'mail/src/index.ts'), 'utf8')).replace(
    'create() {',
    `create(options: { key: string }) {
  if (process.getuid?.() === 0) throw new Error('root runs it');
  if (options.key !== 'hush') throw new Error('no key');`,
  );
  await writeFile(join(folder, 'mail/src/index.ts'), code);
  const added = await octo('{"key":"hush"}', 'plugins:add', './mail', '--options', '-', '--json');
  expect(JSON.parse(added.stdout)).toEqual({
    package: 'octohost-mail',
    version: '0.1.0',
    from: join(folder, 'mail'),
  });
  const list = await stat(join(folder, 'octohost.plugins.json'));
  expect(list.mode & 0o777).toBe(0o600);
  expect(list.uid === 0).toBe(false);
  const listed = await octo('', 'plugins', '--json');
  expect(listed.stdout).not.toContain('hush');
  const { plugins } = JSON.parse(listed.stdout) as { plugins: { name: string }[] };
  expect(plugins.at(-1)).toMatchObject({ name: 'mail', version: '0.1.0', hooks: ['routed'] });
});

it('one that ends the process is refused, and so is one whose options are no object', async () => {
  await mkdir(join(folder, 'wrong'));
  const facts = { name: 'octohost-wrong', version: '1.0.0', type: 'module', exports: './index.js' };
  await writeFile(join(folder, 'wrong/package.json'), JSON.stringify(facts));
  await writeFile(join(folder, 'wrong/index.js'), 'process.exit(0);\n');
  expect((await octo('', 'plugins:add', './wrong')).stderr).toContain('E_PLUGIN_TRIED');
  expect((await octo('[1]', 'plugins:add', './wrong', '--options', '-')).stderr).toContain('E_ARGUMENTS');
  expect((await octo('', 'plugins', '--json')).code).toBe(0);
});
