import { text } from '../../arguments.ts';
import { BaseCommand } from '../../base-command.ts';
import { type AddedFacts, factsOf } from '../../plugins/added.ts';
import { removePlugin } from '../../plugins/install.ts';
import { prose } from '../../prose.ts';

export default class PluginsRemove extends BaseCommand {
  static override summary = 'Take away a plugin that was added.';
  static override description = prose(`
    Named by its package. Nothing of it is loaded, so a broken one can go, too. Those of the configuration file are taken away there.

    With --json: { package, version, from }.
  `);
  static override examples = ['<%= config.bin %> plugins:remove octohost-mail'];
  static override args = { package: text({ required: true, description: 'The name of its package.' }) };

  async run(): Promise<AddedFacts> {
    const { args } = await this.parse(PluginsRemove);
    const file = await this.configFile();
    const removed = await removePlugin(file, args.package);
    // What is left may be broken for another reason.
    const config = await this.loadConfig().catch(() => undefined);
    const act = { sites: [], what: `take away the plugin ${removed.package} ${removed.version}` };
    if (config) await this.recordAct(config.dataDir, act);
    this.print(`${removed.package} ${removed.version} is taken away.`);
    return factsOf(removed);
  }
}
