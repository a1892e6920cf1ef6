import { siteArgument, waitFlag } from '../arguments.ts';
import { ChangeCommand } from '../change-command.ts';
import { rebuild } from '../door/rebuild.ts';
import { prose } from '../prose.ts';
import type { OutcomeFacts } from '../render/outcome.ts';
import type { Warning } from '../render/quiet.ts';

export default class Restart extends ChangeCommand {
  static override remote = true;
  static override summary = 'Build a site anew from what was pushed, and replace all its instances.';
  static override description = prose(`
    From the revision that it runs, out of the repository that it was pushed to, without cached layers; the setting that was
    changed since is taken too. The new instances are started and checked first; if anything fails, the old release serves
    on. octo reload replaces the instances without a build.

    With --json: { site, release, urls, steps: [{ step, milliseconds }], retiring, warnings: [{ site, text }] }.
  `);
  static override examples = ['<%= config.bin %> restart app', '<%= config.bin %> restart app --wait'];
  static override args = { site: siteArgument };
  static override flags = { wait: waitFlag };

  async run(): Promise<OutcomeFacts & { warnings: readonly Warning[] }> {
    const { args, flags } = await this.parse(Restart);
    const engine = await this.engine();
    const operation = this.operation([args.site]);
    const outcome = await rebuild(engine, args.site, operation, {
      mayRead: (repository) => this.context.mayRead(repository),
      deploy: (push) => this.deployed(push, operation),
    });
    return { ...(await this.concludeOutcome(outcome, flags.wait)), warnings: this.warnings };
  }
}
