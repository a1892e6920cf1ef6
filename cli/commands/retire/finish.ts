import type { SiteName } from '../../../core/index.ts';
import { severalSites } from '../../arguments.ts';
import { BaseCommand } from '../../base-command.ts';
import { prose } from '../../prose.ts';

export default class RetireFinish extends BaseCommand {
  static override hidden = true;
  static override summary =
    'End the instances of these sites that serve no more, and see whether the new ones stay.';
  static override description = prose(`
    Started in the background by every command that starts or replaces instances. What it cannot do, converge does.

    With --json: { sites: [name] }.
  `);
  static override examples = ['<%= config.bin %> retire:finish app'];
  static override args = { sites: severalSites };

  async run(): Promise<{ sites: readonly SiteName[] }> {
    const { args } = await this.parse(RetireFinish);
    const sites = args.sites as unknown as readonly SiteName[];
    const engine = await this.engine();
    const operation = this.operation(sites);
    const outcomes = await Promise.allSettled([
      engine.finishRetiring(sites, operation),
      engine.watchReleases(sites, operation),
    ]);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
    return { sites };
  }
}
