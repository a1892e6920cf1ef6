import { domainsArgument, domainsIn, siteArgument, waitFlag } from '../../arguments.ts';
import { ChangeCommand, type ChangeFacts } from '../../change-command.ts';
import { prose } from '../../prose.ts';

export default class DomainsSet extends ChangeCommand {
  static override remote = true;
  static override summary = "Set a site's own domains.";
  static override description = prose(`
    The whole list; an empty text ('') takes all of them away. The default domain and those of the CNAME file stay.
    The routes change at once, and no instance is started for it.

    With --json: as config:set.
  `);
  static override examples = [
    '<%= config.bin %> domains:set app www.example.com,example.com',
    "<%= config.bin %> domains:set app ''",
  ];
  static override args = { site: siteArgument, domains: domainsArgument };
  static override flags = { wait: waitFlag };

  async run(): Promise<ChangeFacts> {
    const { args, flags } = await this.parse(DomainsSet);
    return this.applyOrStore(args.site, { reason: 'domains', domains: domainsIn(args.domains) }, flags);
  }
}
