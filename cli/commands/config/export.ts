import type { SettingKey, SiteName } from '../../../core/index.ts';
import { secretsFlag, siteArgument } from '../../arguments.ts';
import { prose } from '../../prose.ts';
import { SettingsCommand } from '../../settings-command.ts';
import { problemOf } from '../../settings-text/entries.ts';
import { exportedSettings } from '../../settings-text/exported.ts';
import { exportCommands } from '../../settings-text/shell.ts';

export default class ConfigExport extends SettingsCommand {
  static override remote = true;
  static override summary = "Show a site's settings as octo config:set lines.";
  static override description = prose(`
    A shell that reads them sets every setting again, whatever stands in it, in one release. Of DOMAINS only what was
    set is in it: the default domain and those of the CNAME file come by themselves. Secrets are in it only with --secrets,
    as config:set --secret lines: mind where you keep it then.

    With --json: { site, settings: { KEY: value } }, of the same settings.
  `);
  static override examples = [
    '<%= config.bin %> config:export app > app.settings',
    'sh app.settings',
    '<%= config.bin %> config:export app | <%= config.bin %> config:import other',
  ];
  static override args = { site: siteArgument };
  static override flags = { secrets: secretsFlag };

  async run(): Promise<{ site: SiteName; settings: Readonly<Record<SettingKey, string>> }> {
    const { args, flags } = await this.parse(ConfigExport);
    const known = await this.shownSettings(args.site, flags.secrets);
    this.noteSecrets(known.settings, known.secrets);
    const all = await exportedSettings(await this.engine(), args.site, known.settings);
    const settings = all.filter(([key, value]) => {
      const problem = problemOf(key, value);
      if (problem !== undefined) this.notice(`Left out, for config:set would not take it: ${problem}`);
      return problem === undefined;
    });
    for (const command of exportCommands(args.site, settings, known.secrets)) this.print(command);
    return { site: args.site, settings: Object.fromEntries(settings) as Record<SettingKey, string> };
  }
}
