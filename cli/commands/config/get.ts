import type { SettingKey, SiteName } from '../../../core/index.ts';
import { secretsFlag, text } from '../../arguments.ts';
import { BaseCommand } from '../../base-command.ts';
import { errors } from '../../errors.ts';
import { prose } from '../../prose.ts';
import { settingNames } from '../../setting-words.ts';

export default class ConfigGet extends BaseCommand {
  static override remote = true;
  static override summary = "Print one setting's value.";
  static override description = prose(`
    The value as it is, and a newline. The exit code is 1 where there is no such setting. The value of a secret is shown
    only with --secrets.

    With --json: { site, key, value }.
  `);
  static override usage = 'config:get SITE/KEY | SITE KEY';
  static override examples = [
    '<%= config.bin %> config:get app/DATABASE_URL',
    '<%= config.bin %> config:get app DATABASE_URL',
  ];
  static override args = {
    target: text({ required: true, description: 'SITE/KEY, or SITE.' }),
    key: text({ description: 'The name of the setting.' }),
  };

  static override flags = { secrets: secretsFlag };

  async run(): Promise<{ site: SiteName; key: SettingKey; value: string }> {
    const { args, flags } = await this.parse(ConfigGet);
    const { site, keys } = settingNames(args.target, args.key === undefined ? [] : [args.key]);
    const [key, ...more] = keys as [SettingKey, ...SettingKey[]];
    if (more.length > 0)
      throw errors.E_ARGUMENTS({ problem: 'One setting at a time.', usage: `octo ${ConfigGet.usage}` });
    const engine = await this.engine();
    const { settings, secrets } = await engine.shownSettings(site);
    if (secrets.includes(key) && !flags.secrets) throw errors.E_SETTING_SECRET({ site, key, set: false });
    const value = secrets.includes(key) ? (await engine.settings(site))[key] : settings[key];
    if (value === undefined) throw errors.E_SETTING_MISSING({ site, keys: [key] });
    this.print(value);
    return { site, key, value };
  }
}
