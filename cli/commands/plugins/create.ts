import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { apiVersion, type RoleName, roleCounts } from '../../../core/index.ts';
import { text } from '../../arguments.ts';
import { BaseCommand } from '../../base-command.ts';
import { errors } from '../../errors.ts';
import { scaffold } from '../../plugins/scaffold.ts';
import { readPackage } from '../../program.ts';
import { prose } from '../../prose.ts';

export default class PluginsCreate extends BaseCommand {
  static override summary = 'Make the package of a new plugin.';
  static override description = prose(`
    In a new folder of that name: package.json, TypeScript's configuration, a tap or a provider of a role, and a test that is
    green as it stands; that of a role is the role's contract suite. Then: npm install, npm run check, npm test. octo
    plugins:add takes the folder as it is: TypeScript needs no build.

    With --json: { name, folder, files: [paths below the folder] }.
  `);
  static override examples = [
    '<%= config.bin %> plugins:create mail',
    '<%= config.bin %> plugins:create my-catalog --role registrar',
  ];
  static override args = { name: text({ required: true, description: "The plugin's name." }) };
  static override flags = {
    role: Flags.string({
      options: Object.keys(roleCounts),
      description: 'Provide a role in place of tapping a hook.',
    }),
  };

  async run(): Promise<{ name: string; folder: string; files: readonly string[] }> {
    const { args, flags } = await this.parse(PluginsCreate);
    const { name } = args;
    if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
      throw errors.E_ARGUMENTS({ problem: 'A plugin has a name of lower-case words joined by -.' });
    const { version, devDependencies: tools } = readPackage();
    const files = scaffold({
      name,
      ...(flags.role === undefined ? {} : { role: flags.role as RoleName }),
      version,
      api: apiVersion,
      tools: {
        typescript: tools['typescript'] ?? '*',
        vitest: tools['vitest'] ?? '*',
        '@types/node': tools['@types/node'] ?? '*',
      },
    });
    const folder = resolve(name);
    await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      throw errors.E_ARGUMENTS({ problem: `There is a ${folder} already.` });
    });
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
      this.print(join(name, path));
    }
    return { name, folder, files: Object.keys(files) };
  }
}
