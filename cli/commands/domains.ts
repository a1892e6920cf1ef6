import type { SiteDomain, SiteName } from '../../core/index.ts';
import { siteArgument } from '../arguments.ts';
import { BaseCommand } from '../base-command.ts';
import { prose } from '../prose.ts';
import { shownDomain, unicodeOf } from '../render/domain.ts';

export default class Domains extends BaseCommand {
  static override aliases = ['domains:get'];
  static override remote = true;
  static override summary = "Show a site's domains and where each comes from.";
  static override description = prose(`
    ORIGIN is default (the site's name below a suffix), CNAME (the file in its repository) or domains:set, which
    domains:add makes too. An international name is shown in both its forms.

    With --json: { site, domains: [{ domain, unicode?, origin }] }.
  `);
  static override examples = ['<%= config.bin %> domains app'];
  static override args = { site: siteArgument };

  async run(): Promise<{ site: SiteName; domains: readonly DomainFacts[] }> {
    const { args } = await this.parse(Domains);
    const engine = await this.engine();
    const domains = await engine.domains(args.site);
    this.printTable(
      ['DOMAIN', 'ORIGIN'],
      domains.map(({ domain, origin }) => [shownDomain(domain), origin]),
    );
    return { site: args.site, domains: domains.map(withUnicode) };
  }
}

type DomainFacts = SiteDomain & { readonly unicode?: string };

function withUnicode({ domain, origin }: SiteDomain): DomainFacts {
  const unicode = unicodeOf(domain);
  return { domain, ...(unicode === undefined ? {} : { unicode }), origin };
}
