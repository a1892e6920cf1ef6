import type { SiteName } from '../../../core/index.ts';
import { siteArgument } from '../../arguments.ts';
import { BaseCommand } from '../../base-command.ts';
import { prose } from '../../prose.ts';

export default class MaintenanceOn extends BaseCommand {
  static override remote = true;
  static override summary = 'Let the router answer for a site: 503 and a page.';
  static override description = prose(`
    From the next request on the router answers each one with status 503, Retry-After and a page of its own; what is being
    answered is finished. The instances go on, and so do deploys, octo run and the agent. It stays on through deploys,
    rollbacks, converge and restarts of anything, until octo maintenance:off.

    With --json: { site, maintenance: true, changed }.
  `);
  static override examples = ['<%= config.bin %> maintenance on app'];
  static override args = { site: siteArgument };

  async run(): Promise<{ site: SiteName; maintenance: boolean; changed: boolean }> {
    const { args } = await this.parse(MaintenanceOn);
    const { site } = args;
    const engine = await this.engine();
    const changed = await engine.setMaintenance(site, true, this.operation([site]));
    this.print(
      changed
        ? `The router answers for ${site} from now on; octo maintenance:off ${site} ends it.`
        : `${site} was in maintenance already.`,
    );
    return { site, maintenance: true, changed };
  }
}
