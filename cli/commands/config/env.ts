import { environmentOf, type SiteName } from '../../../core/index.ts';
import { siteArgument } from '../../arguments.ts';
import { BaseCommand } from '../../base-command.ts';
import { prose } from '../../prose.ts';

export default class ConfigEnv extends BaseCommand {
  static override remote = true;
  static override summary = "Show the environment that a site's settings make.";
  static override description = prose(`
    KEY=value lines, by name, without octohost's own settings; a value with line breaks keeps them. A form that can be
    read back is that of config:export.

    With --json: { site, environment: { KEY: value } }.
  `);
  static override examples = ['<%= config.bin %> config:env app'];
  static override args = { site: siteArgument };

  async run(): Promise<{ site: SiteName; environment: Readonly<Record<string, string>> }> {
    const { args } = await this.parse(ConfigEnv);
    const engine = await this.engine();
    const settings = await engine.settings(args.site);
    // A site without settings may well exist; one that does not is an error.
    if (Object.keys(settings).length === 0) await engine.status(args.site);
    const environment = environmentOf(settings);
    for (const [key, value] of Object.entries(environment)) this.print(`${key}=${value}`);
    return { site: args.site, environment };
  }
}
