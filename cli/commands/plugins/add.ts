import * as Flags from '@oclif/core/flags';
import { text } from '../../arguments.ts';
import { BaseCommand } from '../../base-command.ts';
import { loadConfigFile } from '../../config-file.ts';
import { errors } from '../../errors.ts';
import { refuseBuiltIn } from '../../open-engine.ts';
import type { AddedPlugin } from '../../plugins/added.ts';
import { addPlugin } from '../../plugins/install.ts';
import { parseSpec } from '../../plugins/npm.ts';
import { prose } from '../../prose.ts';

export default class PluginsAdd extends BaseCommand {
  static override summary = 'Add a plugin to this installation.';
  static override description = prose(`
    Of the registry, or of a folder or a tarball (a path with . or / at its begin). Exactly this version is noted in
    octohost.plugins.json beside the configuration file and installed in the folder octohost.plugins there, with a lock. It is
    loaded after the plugins of the configuration file. A plugin with which the configuration makes no engine is refused,
    and changes nothing. Its default export, or its only one, is the plugin or its factory; --options are what that is
    called with. Scripts of packages do not run, unless --allow-scripts says so. Agents that run take it when they are
    started again.

    With --json: { package, version, from, options? }.
  `);
  static override examples = [
    '<%= config.bin %> plugins:add octohost-mail@1.2.3',
    `<%= config.bin %> plugins:add ./mail-1.2.3.tgz --options '{"to":"me@example.com"}'`,
  ];
  static override args = {
    plugin: text({ required: true, description: 'A package, a folder or a tarball.' }),
  };
  static override flags = {
    options: Flags.string({ description: 'For its factory: a JSON object.', helpValue: 'JSON' }),
    'allow-scripts': Flags.boolean({ description: 'Let packages run their scripts at install.' }),
  };

  async run(): Promise<AddedPlugin> {
    const { args, flags } = await this.parse(PluginsAdd);
    const file = await this.configFile();
    const options = flags.options === undefined ? undefined : parseOptions(flags.options);
    const added = await addPlugin(file, {
      source: parseSpec(args.plugin, process.cwd()),
      ...(options ? { options } : {}),
      allowScripts: flags['allow-scripts'],
      signal: this.signal,
      tryOut: async (list) => {
        const config = await loadConfigFile(file, { added: list });
        refuseBuiltIn(config);
        await this.context.openEngine(config).close();
      },
    });
    const { dataDir } = await this.loadConfig();
    await this.recordAct(dataDir, { sites: [], what: `add the plugin ${added.package} ${added.version}` });
    this.print(`${added.package} ${added.version} is added.`);
    return added;
  }
}

function parseOptions(given: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(given);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw errors.E_ARGUMENTS({ problem: '--options is no JSON object.' });
}
