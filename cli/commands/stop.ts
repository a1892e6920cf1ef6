import type { SiteName } from '../../core/index.ts';
import { siteArgument } from '../arguments.ts';
import { BaseCommand } from '../base-command.ts';
import { prose } from '../prose.ts';

export default class Stop extends BaseCommand {
  static override remote = true;
  static override summary = 'Stop a site.';
  static override description = prose(`
    Takes it out of the routes and ends its instances. Configuration, releases and volumes stay.

    With --json: { site, state: "stopped" }.
  `);
  static override examples = ['<%= config.bin %> stop app'];
  static override args = { site: siteArgument };

  async run(): Promise<{ site: SiteName; state: 'stopped' }> {
    const { args } = await this.parse(Stop);
    const { site } = args;
    const engine = await this.engine();
    await engine.stop(site, this.operation([site]));
    this.print(`${site} is stopped. Bring it back with: octo start ${site}`);
    return { site, state: 'stopped' };
  }
}
