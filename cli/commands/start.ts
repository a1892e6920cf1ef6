import { optionalCount, siteArgument, waitFlag } from '../arguments.ts';
import { ChangeCommand, type ChangeFacts } from '../change-command.ts';
import { prose } from '../prose.ts';

export default class Start extends ChangeCommand {
  static override remote = true;
  static override summary = 'Start a stopped site, or bring back what is missing of it.';
  static override description = prose(`
    Makes a release from the current one with the settings as they are now.

    With --json: { site, release, urls, steps, retiring, applied: true }.
  `);
  static override examples = ['<%= config.bin %> start app', '<%= config.bin %> start app 3'];
  static override args = { site: siteArgument, count: optionalCount };
  static override flags = { wait: waitFlag };

  async run(): Promise<ChangeFacts> {
    const { args, flags } = await this.parse(Start);
    const settings = args.count === undefined ? {} : { settings: { CONTAINERS: args.count } };
    return this.applyChange(args.site, { reason: 'start', ...settings }, flags.wait);
  }
}
