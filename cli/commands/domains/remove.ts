import { domainsArgument, domainsIn, siteArgument, waitFlag } from '../../arguments.ts';
import { ChangeCommand, type ChangeFacts } from '../../change-command.ts';
import { prose } from '../../prose.ts';

export default class DomainsRemove extends ChangeCommand {
  static override remote = true;
  static override summary = 'Take domains away from a site.';
  static override description = prose(`
    Those that domains:add or domains:set gave it, all or none; the exit code is 1 where one of them is not there.
    What the CNAME file names is taken out in the repository. The routes change at once.

    With --json: as config:set.
  `);
  static override examples = ['<%= config.bin %> domains:remove app old.example.com'];
  static override args = { site: siteArgument, domains: domainsArgument };
  static override flags = { wait: waitFlag };

  async run(): Promise<ChangeFacts> {
    const { args, flags } = await this.parse(DomainsRemove);
    return this.applyOrStore(args.site, { reason: 'domains', removeDomains: domainsIn(args.domains) }, flags);
  }
}
