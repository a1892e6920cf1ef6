import { siteArgument } from '../arguments.ts';
import { ChangeCommand } from '../change-command.ts';
import { prose } from '../prose.ts';
import type { OutcomeFacts } from '../render/outcome.ts';
import type { Warning } from '../render/quiet.ts';

const newSite: typeof siteArgument = { ...siteArgument, description: 'The name of the new site.' };

export default class Clone extends ChangeCommand {
  static override remote = true;
  static override summary = 'Make a new site with the image and configuration of another one.';
  static override description = prose(`
    It has the image of the current release and all settings, secrets too, and comes up as any release does. What only one site
    can have stays with the other one: its domains, ports of the host. Volumes of its own are empty. It has no repository
    until somebody pushes to its name.

    With --json: { site, release, urls, steps: [{ step, milliseconds }], retiring, warnings: [{ site, text }] }.
  `);
  static override examples = ['<%= config.bin %> clone app app-next'];
  static override args = {
    site: siteArgument,
    new: newSite,
  };

  async run(): Promise<OutcomeFacts & { warnings: readonly Warning[] }> {
    const { args } = await this.parse(Clone);
    const engine = await this.engine();
    const outcome = await engine.clone(args.site, args.new, this.operation([args.new]));
    return { ...(await this.concludeOutcome(outcome, false)), warnings: this.warnings };
  }
}
