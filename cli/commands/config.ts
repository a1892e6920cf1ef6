import type { SettingKey, Settings, SiteName } from '../../core/index.ts';
import { secretsFlag, siteArgument } from '../arguments.ts';
import { prose } from '../prose.ts';
import { SettingsCommand } from '../settings-command.ts';

export default class ConfigCommand extends SettingsCommand {
  static override remote = true;
  static override summary = "Show a site's settings.";
  static override description = prose(`
    Settings as KEY=value lines, by name; a value with line breaks keeps them. Of secrets the name is shown, and the value
    only with --secrets: mind who looks on.

    With --json: { site, settings: { KEY: value }, secrets: [KEY] }; the values of secrets are in it with --secrets.
  `);
  static override examples = ['<%= config.bin %> config app', '<%= config.bin %> config app --json'];
  static override args = { site: siteArgument };
  static override flags = { secrets: secretsFlag };

  async run(): Promise<{ site: SiteName; settings: Settings; secrets: readonly SettingKey[] }> {
    const { args, flags } = await this.parse(ConfigCommand);
    const { settings, secrets } = await this.shownSettings(args.site, flags.secrets);
    const all = [...Object.keys(settings), ...secrets] as SettingKey[];
    for (const key of [...new Set(all)].toSorted())
      this.print(key in settings ? `${key}=${settings[key]}` : `${key} (secret)`);
    return { site: args.site, settings, secrets };
  }
}
