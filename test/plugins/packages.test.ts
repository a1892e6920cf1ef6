/** A plugin that is a package of its own works where it is installed: away from here, with octohost as it runs. */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadConfigFile } from '../../cli/config-file.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const packages = globSync('plugins/*/package.json', { cwd: root }).map((file) => join(root, dirname(file)));

/** What each cannot do without. */
const options: Readonly<Record<string, object>> = {
  '@octohost/exec': { folder: '/hooks' },
  '@octohost/mysql': { host: 'db.example.com' },
  '@octohost/notify': { slack: {} },
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'octo-packages-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface PackageFacts {
  readonly name: string;
  readonly scripts: { readonly prepack: string };
  readonly dependencies: Readonly<Record<string, string>>;
}

it.each(packages)(
  '%s, packed and installed elsewhere, is loaded by a configuration there',
  async (plugin) => {
    const facts = JSON.parse(readFileSync(join(plugin, 'package.json'), 'utf8')) as PackageFacts;
    const installed = join(folder, 'node_modules', facts.name);
    mkdirSync(installed, { recursive: true });
    cpSync(join(plugin, 'package.json'), join(installed, 'package.json'));
    const script = facts.scripts.prepack.replace('--outdir=dist', `--outdir=${join(installed, 'dist')}`);
    const path = `${join(root, 'node_modules', '.bin')}:${process.env['PATH']}`;
    execFileSync('sh', ['-c', script], { cwd: plugin, env: { ...process.env, PATH: path }, stdio: 'pipe' });
    for (const name of Object.keys(facts.dependencies))
      symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
    const file = join(folder, 'octohost.config.ts');
    writeFileSync(
      file,
      `import { defineConfig } from 'octohost';
import * as exported from '${facts.name}';
const plugins = Object.values(exported).map((factory) => factory(${JSON.stringify(options[facts.name] ?? {})}));
export default defineConfig({ plugins });
`,
    );
    const { plugins } = await loadConfigFile(file);
    expect(plugins.map(({ name }) => `@octohost/${name}`)).toEqual([facts.name]);
  },
);
