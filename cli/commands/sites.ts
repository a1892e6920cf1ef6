import type { SiteName } from '../../core/index.ts';
import { BaseCommand } from '../base-command.ts';
import { prose } from '../prose.ts';

export default class Sites extends BaseCommand {
  static override remote = true;
  static override summary = 'List all sites.';
  static override description = prose(`
    Every site with a release or a setting, one a line, by name.

    With --json: { sites: [name] }.
  `);
  static override examples = ['<%= config.bin %> sites', '<%= config.bin %> sites --json'];

  async run(): Promise<{ sites: SiteName[] }> {
    await this.parse(Sites);
    const engine = await this.engine();
    const sites = await engine.sites();
    for (const site of sites) this.print(site);
    if (sites.length === 0)
      this.notice('There is no site yet. Make one with: git push, or octo deploy <site> <folder>');
    return { sites };
  }
}
