import type { Settings, SiteName } from '../../core/index.ts';
import { siteArgument } from '../arguments.ts';
import { BaseCommand } from '../base-command.ts';
import { prose } from '../prose.ts';

export default class ConfigCommand extends BaseCommand {
  static override remote = true;
  static override summary = "Show a site's settings.";
  static override description = prose(`
    Settings as KEY=value lines, by name; a value with line breaks keeps them. They are shown as they are: mind who
    looks on.

    With --json: { site, settings: { KEY: value } }.
  `);
  static override examples = ['<%= config.bin %> config app', '<%= config.bin %> config app --json'];
  static override args = { site: siteArgument };

  async run(): Promise<{ site: SiteName; settings: Settings }> {
    const { args } = await this.parse(ConfigCommand);
    const engine = await this.engine();
    const settings = await engine.settings(args.site);
    const entries = Object.entries(settings).toSorted(([a], [b]) => (a < b ? -1 : 1));
    // A site without settings may well exist; one that does not is an error.
    if (entries.length === 0) await engine.status(args.site);
    for (const [key, value] of entries) this.print(`${key}=${value}`);
    return { site: args.site, settings: Object.fromEntries(entries) as Settings };
  }
}
