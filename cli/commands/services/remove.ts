import type { SiteName } from '../../../core/index.ts';
import { severalSites } from '../../arguments.ts';
import { ConvergenceCommand, type ConvergenceFacts } from '../../convergence-command.ts';
import { prose } from '../../prose.ts';

export default class ServicesRemove extends ConvergenceCommand {
  static override remote = true;
  static override summary = 'Take services without an instance out of the catalog.';
  static override description = prose(`
    What a site's instances left behind that are gone. Services of instances that are there stay, for without them
    nobody is led to the instances (octo stop ends both), and so does what was given by hand (service:rm, services:clear).

    With --json: as converge.
  `);
  static override examples = ['<%= config.bin %> services:remove app'];
  static override args = { sites: severalSites };

  async run(): Promise<ConvergenceFacts> {
    const { args } = await this.parse(ServicesRemove);
    const sites = args.sites as unknown as readonly SiteName[];
    const engine = await this.engine();
    return this.concludeConvergence(await engine.removeOrphans(sites, this.operation(sites)));
  }
}
