import * as Flags from '@oclif/core/flags';
import type { LoadedPlugin } from '../../core/index.ts';
import { BaseCommand } from '../base-command.ts';
import { readAdded } from '../plugins/added.ts';
import { prose } from '../prose.ts';

/** What `--json` prints of each. */
interface Listed extends LoadedPlugin {
  /** `configuration`: the configuration file's own list; else the package that was added. */
  readonly from: string;
}

export default class Plugins extends BaseCommand {
  static override summary = 'List the plugins that are loaded.';
  static override description = prose(`
    In the order of their taps: those of the configuration file, then those that plugins:add added. Of each its hooks, roles,
    commands, key in site files and checks. With --schema the JSON Schema of site files, with the keys of these plugins.

    With --json: { plugins: [{ name, version?, api?, from, hooks, roles, commands, siteFile?, checks }] }; from is configuration,
    or what was added.
  `);
  static override examples = [
    '<%= config.bin %> plugins',
    '<%= config.bin %> plugins --schema > site-file.schema.json',
  ];
  static override flags = {
    schema: Flags.boolean({ description: 'Print the JSON Schema of site files.' }),
  };

  async run(): Promise<{ plugins: readonly Listed[] } | object> {
    const { flags } = await this.parse(Plugins);
    const engine = await this.engine();
    if (flags.schema) {
      const schema = await engine.siteFileSchema();
      this.print(JSON.stringify(schema, null, 2));
      return schema;
    }
    const loaded = await engine.plugins();
    const isWithout = Boolean(this.context.environment['OCTO_NO_PLUGINS']);
    const { plugins: added } = await readAdded(engine.config.file);
    const first = loaded.length - (isWithout ? 0 : added.length);
    const plugins = loaded.map((one, index) => ({
      ...one,
      from: added[index - first]?.from ?? 'configuration',
    }));
    if (isWithout && added.length > 0)
      this.notice(`Not loaded: ${added.map((one) => one.package).join(', ')} (OCTO_NO_PLUGINS).`);
    this.printTable(['PLUGIN', 'VERSION', 'FROM', 'BRINGS'], plugins.map(rowOf));
    return { plugins };
  }
}

function rowOf({ name, version = '-', from, hooks, roles, commands, siteFile, checks }: Listed): string[] {
  const brings = [
    ...roles.map((role) => `role ${role}`),
    ...hooks.map((hook) => `hook ${hook}`),
    ...commands.map((command) => `octo ${command}`),
    ...(siteFile === undefined ? [] : [`key ${siteFile}`]),
    ...checks.map((check) => `check ${check}`),
  ];
  return [name, version, from, brings.join(', ') || '-'];
}
