import type { SiteDomain, SiteName } from '../../core/index.ts';
import { siteArgument } from '../arguments.ts';
import { BaseCommand } from '../base-command.ts';
import { prose } from '../prose.ts';

export default class Domains extends BaseCommand {
  static override aliases = ['domains:get'];
  static override remote = true;
  static override summary = "Show a site's domains and where each comes from.";
  static override description = prose(`
    ORIGIN is default (the site's own name), CNAME (the file in its repository) or domains:set.

    With --json: { site, domains: [{ domain, origin }] }.
  `);
  static override examples = ['<%= config.bin %> domains app'];
  static override args = { site: siteArgument };

  async run(): Promise<{ site: SiteName; domains: readonly SiteDomain[] }> {
    const { args } = await this.parse(Domains);
    const engine = await this.engine();
    const domains = await engine.domains(args.site);
    this.printTable(
      ['DOMAIN', 'ORIGIN'],
      domains.map(({ domain, origin }) => [domain, origin]),
    );
    return { site: args.site, domains };
  }
}
