/** What the README shows is true: its plugin compiles and runs, its links lead somewhere, its commands exist. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { loadConfigFile } from '../cli/config-file.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const guides = [
  'README.md',
  'SECURITY.md',
  'core/README.md',
  'plugins/README.md',
  'plugins/WRITING.md',
  'plugins/API.md',
  'cli/README.md',
  'cli/INSTALL.md',
  ...globSync('cli/guides/*.md', { cwd: root }),
  'cli/COMING-FROM-OCTOHOST.md',
  'cli/COMING-FROM-DOKKU.md',
];
const read = (file: string) => readFileSync(join(root, file), 'utf8');

it('the configuration of the README loads as it stands', async () => {
  const [, code] = /```ts\n([\s\S]*?)```/.exec(read('README.md')) ?? [];
  const dir = await mkdtemp(join(tmpdir(), 'octo-readme-'));
  await writeFile(join(dir, 'octohost.config.ts'), code ?? '');
  const config = await loadConfigFile(join(dir, 'octohost.config.ts'));
  expect(config.plugins.map(({ name }) => name)).toContain('deploy-window');
  expect(config.domainSuffix).toBe('example.com');
  await rm(dir, { recursive: true });
});

it.each(guides)('every link of %s leads somewhere', (guide) => {
  const links = [...read(guide).matchAll(/\]\(([^)#]+)[^)]*\)/g)]
    .map((match) => match[1] ?? '')
    .filter((link) => !link.includes('://'));
  expect(links.filter((link) => !existsSync(join(root, dirname(guide), link)))).toEqual([]);
});

const catalogues = ['core/error-catalogue.ts', ...globSync('{cli,plugins}/**/*errors.ts', { cwd: root })];

/** The names of commands that the shipped plugins bring: `name: 'mysql:create'`. */
const broughtByPlugins = new Set(
  globSync('plugins/*/*.ts', { cwd: root }).flatMap((file) =>
    [...read(file).matchAll(/\bname: '([a-z]+(?::[a-z]+)+)'/g)].map((match) => match[1] ?? ''),
  ),
);

it.each([...guides, ...catalogues])('every command that %s shows exists', (guide) => {
  const shown = [...read(guide).matchAll(/\bocto ([a-z]+(?::[a-z]+)*)/g)].map((match) => match[1] ?? '');
  // `octo help` is oclif's own.
  const missing = shown
    .filter((name) => name !== 'help' && !broughtByPlugins.has(name))
    .filter((name) => !existsSync(join(root, 'cli/commands', `${name.replaceAll(':', '/')}.ts`)));
  expect([...new Set(missing)]).toEqual([]);
});

it('the systemd unit of the guide keeps an agent running, and takes nothing along that it started', () => {
  const unit = /```ini\n([\s\S]*?)```/.exec(read('cli/README.md'))?.[1] ?? '';
  const lines = new Set(unit.split('\n'));
  for (const line of ['User=git', 'Restart=always', 'StartLimitIntervalSec=0', 'KillMode=process'])
    expect(lines, line).toContain(line);
  expect(lines).toContain('ExecStart=/usr/local/bin/octo serve');
});

it('every script that the README names is in package.json', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const named = [...read('README.md').matchAll(/\bnpm (?:run )?([a-z:]+)/g)].map((match) => match[1] ?? '');
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
