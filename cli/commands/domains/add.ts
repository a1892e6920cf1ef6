import { domainsArgument, domainsIn, siteArgument, waitFlag } from '../../arguments.ts';
import { ChangeCommand, type ChangeFacts } from '../../change-command.ts';
import { prose } from '../../prose.ts';

export default class DomainsAdd extends ChangeCommand {
  static override remote = true;
  static override summary = 'Give a site more domains.';
  static override description = prose(`
    The routes change at once, and no instance is started for it. A domain that another site has is refused.
    A wildcard *.example.com means every name below example.com that no site has by name; over ssh it takes an admin
    key.

    With --json: as config:set.
  `);
  static override examples = [
    '<%= config.bin %> domains:add app www.example.com example.com',
    "<%= config.bin %> domains:add app '*.example.com'",
  ];
  static override args = { site: siteArgument, domains: domainsArgument };
  static override flags = { wait: waitFlag };

  async run(): Promise<ChangeFacts> {
    const { args, flags } = await this.parse(DomainsAdd);
    return this.applyOrStore(args.site, { reason: 'domains', addDomains: domainsIn(args.domains) }, flags);
  }
}
