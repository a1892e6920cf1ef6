import type { SettingKey } from '../../core/index.ts';
import { countArgument, siteArgument, waitFlag } from '../arguments.ts';
import { ChangeCommand, type ChangeFacts } from '../change-command.ts';
import { prose } from '../prose.ts';

export default class Scale extends ChangeCommand {
  static override remote = true;
  static override summary = 'Set how many instances a site has.';
  static override description = prose(`
    Only what is missing is started, only what is too much is ended. A stopped site stays so and takes it later.

    With --json: as config:set.
  `);
  static override examples = ['<%= config.bin %> scale app 3'];
  static override args = { site: siteArgument, count: countArgument };
  static override flags = { wait: waitFlag };

  async run(): Promise<ChangeFacts> {
    const { args, flags } = await this.parse(Scale);
    const settings = { CONTAINERS: args.count } as Record<SettingKey, string>;
    return this.applyOrStore(args.site, { reason: 'scale', settings }, flags);
  }
}
