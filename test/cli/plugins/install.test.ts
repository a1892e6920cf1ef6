/** Adding a plugin changes the configuration as a whole, or not at all. npm is the real one, and asks no registry. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadConfigFile } from '../../../cli/config-file.ts';
import { type AddedPlugins, listFile, readAdded } from '../../../cli/plugins/added.ts';
import { type AddRequest, addPlugin, packedIn, removePlugin } from '../../../cli/plugins/install.ts';
import { pluginIn } from '../../../cli/plugins/load.ts';
import { parseSpec } from '../../../cli/plugins/npm.ts';

const { signal } = new AbortController();
// A busy machine takes its time for npm.
vi.setConfig({ testTimeout: 600_000 });

let folder: string;
let file: string;
beforeEach(async () => {
  vi.stubEnv('npm_config_offline', 'true');
  folder = await mkdtemp(join(tmpdir(), 'octo-add-'));
  file = join(folder, 'octohost.config.ts');
  await writeFile(
    file,
    "import { defineConfig } from 'octohost';\nexport default defineConfig({ plugins: [] });\n",
  );
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** Its setup gives back what its factory was called with. */
const factoryCode = "export default (options) => ({ name: 'mail', setup: () => options });\n";

async function packageOf(name: string, code: string, version = '1.0.0', more = {}): Promise<string> {
  const at = join(folder, 'sources', name);
  await mkdir(at, { recursive: true });
  const facts = {
    name,
    version,
    type: 'module',
    exports: './index.js',
    peerDependencies: { octohost: '*' },
    ...more,
  };
  await writeFile(join(at, 'package.json'), JSON.stringify(facts));
  await writeFile(join(at, 'index.js'), code);
  return at;
}

const load = (added?: AddedPlugins) => loadConfigFile(file, added ? { added } : {});
const alive = new Set<number>();
const place = () => ({ configFile: file, isAlive: (pid: number) => alive.has(pid) });
const add = (spec: string, more: Partial<AddRequest> = {}) =>
  addPlugin(place(), {
    source: parseSpec(spec, folder),
    allowScripts: false,
    signal,
    tryOut: async (added) => void (await load(added)),
    ...more,
  });
const loaded = async () => (await load()).plugins.map(({ name, version }) => `${name} ${version}`);
const below = (path: string) => readdirSync(join(folder, 'octohost.plugins', path)).toSorted();
const folders = () => below('').filter((name) => /^[0-9a-f]{8}$/.test(name));

describe('a plugin that is added', () => {
  it('is loaded from then on, exactly as it was, with its options and a lock, whatever becomes of its source', async () => {
    const at = await packageOf('octohost-mail', factoryCode);
    const added = await add(at, { options: { to: 'me' } });
    expect(added).toEqual({ package: 'octohost-mail', version: '1.0.0', from: at, options: { to: 'me' } });
    await rm(at, { recursive: true });
    expect(await loaded()).toEqual(['mail 1.0.0']);
    expect((await load()).plugins[0]?.setup({} as never)).toEqual({ to: 'me' });
    const { folder: installed } = await readAdded(file);
    expect(existsSync(join(folder, installed, 'package-lock.json'))).toBe(true);
    // Options may be secret; the code is read by whoever deploys.
    expect(statSync(listFile(file)).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, installed)).mode & 0o777).toBe(0o755);
    await add(await packageOf('other', "export const other = { name: 'other', setup() {} };\n"));
    expect(await loaded()).toEqual(['mail 1.0.0', 'other 1.0.0']);
    await add(await packageOf('octohost-mail', factoryCode, '2.0.0'));
    expect(await loaded()).toEqual(['mail 2.0.0', 'other 1.0.0']);
    expect(folders()).toHaveLength(1);
  });

  it('stays in its folder as long as a process uses it, and one change is made at a time', async () => {
    await add(await packageOf('octohost-mail', factoryCode));
    await loaded();
    const [first] = folders();
    expect(below('users')).toEqual([`${first}.${process.pid}`]);
    alive.add(process.pid);
    const second = await packageOf('octohost-mail', factoryCode, '2.0.0');
    await add(second, {
      tryOut: async () => {
        await expect(removePlugin(file, 'octohost-mail')).rejects.toMatchObject({ code: 'E_PLUGINS_BUSY' });
        await expect(add(second)).rejects.toMatchObject({ code: 'E_PLUGINS_BUSY' });
      },
    });
    expect(folders()).toHaveLength(2);
    expect(folders()).toContain(first);
    alive.clear();
    await add(await packageOf('octohost-mail', factoryCode, '3.0.0'));
    expect(folders()).toHaveLength(1);
    expect(below('users')).toEqual([]);
  });

  it('may be for import alone, and an instance of a class', async () => {
    const code = `class Mail { name = 'mail'; #to; constructor(to) { this.#to = to; } setup() { return this.#to; } }
export default ({ to }) => new Mail(to);
`;
    const exports = { exports: { '.': { import: './index.js' } } };
    await add(await packageOf('octohost-class', code, '1.0.0', exports), { options: { to: 'me' } });
    const [plugin] = (await load()).plugins;
    expect(plugin).toMatchObject({ name: 'mail', version: '1.0.0' });
    expect(plugin?.setup({} as never)).toBe('me');
  });

  it('runs no script, unless that is allowed', async () => {
    const mark = join(folder, 'ran');
    const scripts = { scripts: { postinstall: `touch ${mark}` } };
    await add(await packageOf('octohost-mail', factoryCode, '1.0.0', scripts));
    expect(existsSync(mark)).toBe(false);
    const built = { scripts: { ...scripts.scripts, prepack: 'echo built' } };
    await add(await packageOf('octohost-mail', factoryCode, '1.0.1', built), { allowScripts: true });
    expect(existsSync(mark)).toBe(true);
  });

  it('that does not load is refused, and nothing has changed', async () => {
    await add(await packageOf('octohost-mail', factoryCode));
    const before = readFileSync(listFile(file), 'utf8');
    const refused = add(await packageOf('wrong', "throw new Error('broken');\n"));
    await expect(refused).rejects.toMatchObject({
      code: 'E_PLUGIN_ADDED',
      message: expect.stringMatching(/wrong 1\.0\.0, .*broken/),
    });
    expect(readFileSync(listFile(file), 'utf8')).toBe(before);
    expect(folders()).toHaveLength(1);
    expect(await loaded()).toEqual(['mail 1.0.0']);
  });

  it('that npm cannot fetch changes nothing', async () => {
    await expect(add('octohost-not-there@9.9.9')).rejects.toMatchObject({
      code: 'E_NPM',
      details: expect.arrayContaining([expect.any(String)]),
    });
    expect(existsSync(listFile(file))).toBe(false);
    expect(folders()).toEqual([]);
  });

  it('and breaks later is named, can be left out, and taken away', async () => {
    await add(await packageOf('octohost-mail', factoryCode));
    const { folder: installed } = await readAdded(file);
    await rm(join(folder, installed, 'node_modules/octohost-mail'), { recursive: true });
    await expect(load()).rejects.toMatchObject({
      code: 'E_PLUGIN_ADDED',
      hint: expect.stringContaining('octo plugins:remove octohost-mail'),
    });
    expect((await loadConfigFile(file, { added: false })).plugins).toEqual([]);
    expect(await removePlugin(file, 'octohost-mail')).toMatchObject({ version: '1.0.0' });
    expect(await loaded()).toEqual([]);
    await expect(removePlugin(file, 'octohost-mail')).rejects.toMatchObject({
      code: 'E_PLUGIN_NOT_ADDED',
    });
  });
});

it.each([
  'not json',
  '{"folder":"/etc","plugins":[]}',
  '{"folder":"octohost.plugins/a","plugins":[{"package":"../x"}]}',
])('a list that somebody broke is refused and named: %s', async (text) => {
  await writeFile(listFile(file), text);
  await expect(load()).rejects.toMatchObject({
    code: 'E_PLUGIN_LIST',
    message: expect.stringContaining(folder),
  });
});

it('what npm says of a package is found behind what its scripts say', () => {
  const packed = { name: 'mail', version: '1.0.0', filename: 'mail-1.0.0.tgz' };
  expect(packedIn(`> mail@1.0.0 prepack\n> [x] tsc\n\n${JSON.stringify([packed], null, 2)}\n`)).toEqual(
    packed,
  );
});

describe('what is named', () => {
  it.each(['octohost-mail', 'octohost-mail@1.2.3', '@acme/mail@^1.0.0'])(
    'is a package of the registry: %s',
    (text) => {
      expect(parseSpec(text, folder)).toEqual({ kind: 'registry', spec: text });
    },
  );

  it.each([
    '--global',
    'git+ssh://host/x',
    'https://host/x.tgz',
    'acme/mail',
    './nothing',
    '',
    'a b',
    'x@npm:y',
  ])('is nothing that could be added: %j', (text) => {
    expect(() => parseSpec(text, folder)).toThrow(expect.objectContaining({ code: 'E_PLUGIN_SPEC' }));
  });

  it('is a path where it begins like one', () => {
    expect(parseSpec('./octohost.config.ts', folder)).toEqual({ kind: 'local', spec: file });
    expect(parseSpec(file, '/')).toEqual({ kind: 'local', spec: file });
  });
});

describe('what a package exports', () => {
  const plugin = { name: 'mail', setup() {} };
  it.each([
    { exported: { default: plugin } },
    { exported: { default: () => plugin, helper: 1 } },
    { exported: { mail: () => plugin } },
  ])('is the plugin or its factory: $exported', ({ exported }) => {
    expect(pluginIn(exported, undefined)).toBe(plugin);
  });

  it('is a factory that gets the options', () => {
    const factory = (options: unknown) => ({ ...plugin, options });
    expect(pluginIn({ default: factory }, { to: 'me' })).toMatchObject({ options: { to: 'me' } });
  });

  it.each([
    { exported: { default: 7 }, says: 'no plugin' },
    { exported: { a: 1, b: 2 }, says: 'not one single other (a, b)' },
    { exported: {}, says: '(none)' },
  ])('is refused: $exported', ({ exported, says }) => {
    expect(() => pluginIn(exported, undefined)).toThrow(says);
  });
});
