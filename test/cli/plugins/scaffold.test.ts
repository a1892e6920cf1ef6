/** What `octo plugins:create` makes compiles, and its test is green, as it stands. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { scaffold } from '../../../cli/plugins/scaffold.ts';
import { apiVersion, type RoleName, roleCounts } from '../../../core/index.ts';
import { commandLine } from '../command-line.ts';

// The compiler reads all of octohost.
vi.setConfig({ testTimeout: 600_000 });

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));
const facts = {
  name: 'my-plugin',
  version: '0.1.0',
  api: apiVersion,
  tools: { typescript: '*', vitest: '*', '@types/node': '*' },
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octo-new-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** As `npm install` would leave it; octohost is the sources that run here. */
async function install(files: Record<string, string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, '@types'), { recursive: true });
  await symlink(root, join(modules, 'octohost'));
  for (const name of ['vitest', '@types/node'])
    await symlink(join(root, 'node_modules', name), join(modules, name));
  const conditions = JSON.stringify(['octohost-source', 'node', 'import', 'module', 'default']);
  const resolving = `resolve: { conditions: ${conditions} }, ssr: { resolve: { conditions: ${conditions} } }`;
  await writeFile(join(folder, 'vitest.config.ts'), `export default { ${resolving} };\n`);
}

const node = (script: string, ...words: string[]) =>
  run(process.execPath, [join(root, 'node_modules', script), ...words], { cwd: folder }).catch(
    ({ stdout, stderr }: { stdout: string; stderr: string }) => {
      throw new Error(`${stdout}\n${stderr}`);
    },
  );

const roles = [undefined, ...(Object.keys(roleCounts) as RoleName[])];

it.each(roles.map((role) => ({ role })))('with the role $role', async ({ role }) => {
  await install(scaffold({ ...facts, ...(role ? { role } : {}) }));
  await node('typescript/bin/tsc', '--customConditions', 'octohost-source');
  const { stdout } = await node('vitest/vitest.mjs', 'run', '--root', folder);
  expect(stdout).toMatch(/Tests\s.*[1-9]\d* passed/);
});

it('the command writes it into a new folder, and never over another', async () => {
  const line = commandLine();
  const cwd = vi.spyOn(process, 'cwd').mockReturnValue(folder);
  try {
    const made = await line.octo('plugins:create', 'mail');
    expect(made.stdout.split('\n')).toEqual(
      expect.arrayContaining(['mail/package.json', 'mail/src/index.ts']),
    );
    expect(existsSync(join(folder, 'mail/test/index.test.ts'))).toBe(true);
    expect((await line.octo('plugins:create', 'mail')).stderr).toContain('E_ARGUMENTS');
    expect((await line.octo('plugins:create', '../x')).stderr).toContain('E_ARGUMENTS');
  } finally {
    cwd.mockRestore();
    await line.dispose();
  }
});
