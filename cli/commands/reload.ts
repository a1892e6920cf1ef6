import { siteArgument, waitFlag } from '../arguments.ts';
import { ChangeCommand, type ChangeFacts } from '../change-command.ts';
import { prose } from '../prose.ts';

export default class Reload extends ChangeCommand {
  static override remote = true;
  static override summary = 'Replace all instances of a site, without a build.';
  static override description = prose(`
    The new ones are started and checked first; then the old ones end.

    With --json: { site, release, urls, steps, retiring, applied: true }.
  `);
  static override examples = ['<%= config.bin %> reload app', '<%= config.bin %> reload app --wait'];
  static override args = { site: siteArgument };
  static override flags = { wait: waitFlag };

  async run(): Promise<ChangeFacts> {
    const { args, flags } = await this.parse(Reload);
    return this.applyChange(args.site, { reason: 'reload', reload: true }, flags.wait);
  }
}
