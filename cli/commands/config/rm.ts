import type { SettingKey } from '../../../core/index.ts';
import { deployFlag, text, waitFlag } from '../../arguments.ts';
import { ChangeCommand, type ChangeFacts } from '../../change-command.ts';
import { errors } from '../../errors.ts';
import { prose } from '../../prose.ts';
import { settingNames } from '../../setting-words.ts';

export default class ConfigRm extends ChangeCommand {
  static override remote = true;
  static override summary = 'Remove settings of a site.';
  static override description = prose(`
    A running site gets a new release without them at once. The exit code is 1 where there is no such setting.

    With --json: as config:set.
  `);
  static override usage = 'config:rm SITE/KEY | SITE KEY…';
  static override examples = [
    '<%= config.bin %> config:rm app/LOG_LEVEL',
    '<%= config.bin %> config:rm app WORKERS LOG_LEVEL',
  ];
  static override args = {
    target: text({ required: true, description: 'SITE/KEY, or SITE.' }),
    keys: text({ multiple: true, description: 'The names of settings.' }),
  };
  static override flags = {
    deploy: deployFlag,
    wait: waitFlag,
  };

  async run(): Promise<ChangeFacts> {
    const { args, flags } = await this.parse(ConfigRm);
    const { site, keys } = settingNames(args.target, args.keys ?? []);
    const engine = await this.engine();
    const { settings: shown, secrets } = await engine.shownSettings(site);
    const missing = keys.filter((key) => shown[key] === undefined && !secrets.includes(key));
    if (missing.length > 0) throw errors.E_SETTING_MISSING({ site, keys: missing });
    const settings = Object.fromEntries(keys.map((key) => [key, null])) as Record<SettingKey, null>;
    return this.applyOrStore(site, { reason: 'configuration', settings }, flags);
  }
}
