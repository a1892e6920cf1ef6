import { environmentOf, type SiteName } from '../../../core/index.ts';
import { secretsFlag, siteArgument } from '../../arguments.ts';
import { prose } from '../../prose.ts';
import { SettingsCommand } from '../../settings-command.ts';

export default class ConfigEnv extends SettingsCommand {
  static override remote = true;
  static override summary = "Show the environment that a site's settings make.";
  static override description = prose(`
    KEY=value lines, by name, without octohost's own settings; a value with line breaks keeps them. A form that can be
    read back is that of config:export. Secrets are in it only with --secrets.

    With --json: { site, environment: { KEY: value } }.
  `);
  static override examples = ['<%= config.bin %> config:env app'];
  static override args = { site: siteArgument };
  static override flags = { secrets: secretsFlag };

  async run(): Promise<{ site: SiteName; environment: Readonly<Record<string, string>> }> {
    const { args, flags } = await this.parse(ConfigEnv);
    const { settings, secrets } = await this.shownSettings(args.site, flags.secrets);
    this.noteSecrets(settings, secrets);
    const environment = environmentOf(settings);
    for (const [key, value] of Object.entries(environment)) this.print(`${key}=${value}`);
    return { site: args.site, environment };
  }
}
