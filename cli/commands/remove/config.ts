import type { SettingKey } from '../../../core/index.ts';
import { deployFlag, siteArgument, waitFlag } from '../../arguments.ts';
import { ChangeCommand, type ChangeFacts } from '../../change-command.ts';
import { prose } from '../../prose.ts';

export default class RemoveConfig extends ChangeCommand {
  static override remote = true;
  static override summary = 'Remove all settings of a site.';
  static override description = prose(`
    Secrets too; a running site gets a new release without them at once. Its domains stay: octo domains:set is for those.
    octo config:export SITE --secrets keeps a copy.

    With --json: as config:set; { site, applied: false, because } where there was nothing to remove.
  `);
  static override examples = ['<%= config.bin %> remove:config app'];
  static override args = { site: siteArgument };
  static override flags = { deploy: deployFlag, wait: waitFlag };

  async run(): Promise<ChangeFacts> {
    const { args, flags } = await this.parse(RemoveConfig);
    const { site } = args;
    const { settings, secrets } = await (await this.engine()).shownSettings(site);
    const keys = [...Object.keys(settings), ...secrets].filter((key) => key !== 'DOMAINS');
    if (keys.length === 0) {
      this.print(`${site} has no settings.`);
      return { site, applied: false, because: 'there was nothing to remove' };
    }
    const removed = Object.fromEntries(keys.map((key) => [key, null])) as Record<SettingKey, null>;
    return this.applyOrStore(site, { reason: 'configuration', settings: removed }, flags);
  }
}
