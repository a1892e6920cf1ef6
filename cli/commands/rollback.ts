import { optionalRelease, siteArgument, waitFlag } from '../arguments.ts';
import { type AppliedFacts, ChangeCommand } from '../change-command.ts';
import { prose } from '../prose.ts';

export default class Rollback extends ChangeCommand {
  static override remote = true;
  static override summary = 'Go back to an earlier release.';
  static override description = prose(`
    Makes a new release with the content of an old one: its image, configuration, domains, count and run options. Nothing
    is built; new instances are started and checked first, then the old ones end. Without a number it is the last
    healthy release before what runs: not one that turned out unstable, or whose image is gone. A second rollback goes
    one further back.

    With --json: { site, release, urls, steps, retiring, applied: true }.
  `);
  static override examples = ['<%= config.bin %> rollback app', '<%= config.bin %> rollback app 12'];
  static override args = {
    site: siteArgument,
    release: optionalRelease,
  };
  static override flags = { wait: waitFlag };

  async run(): Promise<AppliedFacts> {
    const { args, flags } = await this.parse(Rollback);
    const engine = await this.engine();
    const outcome = await engine.rollback(args.site, args.release, this.operation([args.site]));
    return this.concludeChange(outcome, flags.wait);
  }
}
