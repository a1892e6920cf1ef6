import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findConfigFile } from '../../cli/config-file.ts';
import { octo, type TemporaryFolder, temporaryFolder } from './process.ts';

describe('the configuration file', () => {
  let folder: TemporaryFolder;
  beforeAll(async () => {
    folder = await temporaryFolder();
    for (const name of ['a.ts', 'b.ts']) await folder.write(name, '');
  });
  afterAll(() => folder.dispose());

  it.each([
    { given: 'the flag', flag: 'a.ts', variable: 'b.ts', found: 'a.ts' },
    { given: 'the variable', flag: undefined, variable: 'b.ts', found: 'b.ts' },
    { given: 'an empty flag and variable', flag: '', variable: '', found: 'b.ts' },
  ])('is named by $given', async ({ flag, variable, found }) => {
    const places = ['/nowhere/octohost.config.ts', join(folder.path, 'b.ts'), join(folder.path, 'a.ts')];
    expect(await findConfigFile({ flag, variable, cwd: folder.path }, places)).toBe(join(folder.path, found));
  });

  it('is missing where the named one is, whatever stands in the usual places', async () => {
    await expect(
      findConfigFile({ flag: 'c.ts', cwd: folder.path }, [join(folder.path, 'a.ts')]),
    ).rejects.toMatchObject({
      code: 'E_CONFIG_MISSING',
      message: expect.stringContaining(join(folder.path, 'c.ts')),
    });
  });

  /** Loads a file by the real program and gives what it says. */
  const load = async (name: string, content: string, cwd?: string) => {
    const file = await folder.write(name, content);
    return octo(['sites', '--config', file], cwd === undefined ? {} : { cwd });
  };

  it('shares the classes of the running program, wherever it lies and whatever package is beside it', async () => {
    await folder.write('package.json', '{ "name": "of-somebody-else" }');
    await folder.write('part.ts', 'export const suffix: string = "example.com";');
    const result = await load(
      'identity.config.ts',
      `import { type Config, OctohostError } from 'octohost';
       import { embeddedStore } from 'octohost/plugins/embedded-store';
       import { memoryPlugins } from 'octohost/testing';
       import { suffix } from './part.ts';
       const { pathToFileURL } = await import('node:url');
       const running = await import(new URL('../../core/index.ts', pathToFileURL(process.argv[1] as string)).href);
       if (running.OctohostError !== OctohostError) throw new Error('a second copy of core');
       if (embeddedStore().name !== 'embedded-store') throw new Error('another plugin');
       const config: Config = { user: 'root', plugins: memoryPlugins({ publisher: false }), domainSuffix: suffix };
       export default config;`,
    );
    expect(result).toMatchObject({ code: 0, stdout: '' });
    expect(result.stderr).toBe(
      'There is no site yet. Make one with: git push, or octo deploy <site> <folder>\n',
    );
  });

  it.each([
    { name: 'syntax.ts', content: 'export default {\n  plugins: [ }\n', says: ['syntax.ts:2'] },
    {
      name: 'throws.ts',
      content: '\nthrow new Error("out of disks");',
      says: ['out of disks', 'throws.ts:2'],
    },
    { name: 'import.ts', content: 'import "octohost/plugins/nosuch";\nexport default {};', says: ['nosuch'] },
    { name: 'broken.json', content: '{"plugins": [}', says: ['JSON'] },
    { name: 'broken.yaml', content: 'plugins: [\n', says: ['YAML'] },
    { name: 'option.json', content: '{"plugins": [], "domain": "x"}', says: ['domain', 'domainSuffix'] },
    { name: 'empty.mjs', content: 'export const config = {};', says: ['the default export'] },
    { name: 'config.txt', content: '', says: ['.ts', '.yaml'] },
  ])('that cannot be used is told by file and reason: $name', async ({ name, content, says }) => {
    const { stderr, code } = await load(name, content);
    expect(code).toBe(2);
    expect(stderr).toContain('E_CONFIG');
    for (const text of [join(folder.path, name), ...says]) expect(stderr).toContain(text);
    expect(stderr).not.toContain('Warning');
  });

  it('in JSON or YAML is read as data', async () => {
    for (const [name, content] of [
      ['data.json', '{"user": "root", "plugins": []}'],
      ['data.yaml', 'user: root\nplugins: []\n'],
    ] as const)
      expect((await load(name, content)).stderr).toContain('No plugin provides the role store.');
  });

  it('is never looked for in the current folder, and nothing there is run', async () => {
    const trap = 'console.log("TRAPPED"); export default {};';
    await mkdir(join(folder.path, '.config'), { recursive: true });
    for (const name of ['.config/config.ts', '.config/config.js', 'octohost.config.ts', '.octohostrc.js'])
      await folder.write(name, trap);
    const result = await load('far.json', '{"user": "root", "plugins": []}', folder.path);
    expect(result.stdout + result.stderr).not.toContain('TRAPPED');
  });
});
