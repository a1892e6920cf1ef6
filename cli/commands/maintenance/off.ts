import type { SiteName } from '../../../core/index.ts';
import { siteArgument } from '../../arguments.ts';
import { BaseCommand } from '../../base-command.ts';
import { prose } from '../../prose.ts';

export default class MaintenanceOff extends BaseCommand {
  static override remote = true;
  static override summary = "Lead requests to a site's instances again.";
  static override description = prose(`
    Whatever runs by then answers from the next request on.

    With --json: { site, maintenance: false, changed }.
  `);
  static override examples = ['<%= config.bin %> maintenance off app'];
  static override args = { site: siteArgument };

  async run(): Promise<{ site: SiteName; maintenance: boolean; changed: boolean }> {
    const { args } = await this.parse(MaintenanceOff);
    const { site } = args;
    const engine = await this.engine();
    const changed = await engine.setMaintenance(site, false, this.operation([site]));
    this.print(changed ? `${site} answers again.` : `${site} was in no maintenance.`);
    return { site, maintenance: false, changed };
  }
}
