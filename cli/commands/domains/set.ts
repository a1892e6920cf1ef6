import { parseDomains, type SettingKey } from '../../../core/index.ts';
import { siteArgument, text, waitFlag } from '../../arguments.ts';
import { ChangeCommand, type ChangeFacts } from '../../change-command.ts';
import { prose } from '../../prose.ts';

export default class DomainsSet extends ChangeCommand {
  static override remote = true;
  static override summary = "Set a site's own domains.";
  static override description = prose(`
    The whole list, separated by commas or spaces; an empty text ('') takes all of them away. The default domain and
    those of the CNAME file stay. No instance is started for it.

    With --json: as config:set.
  `);
  static override examples = [
    '<%= config.bin %> domains:set app www.example.com,example.com',
    "<%= config.bin %> domains:set app ''",
  ];
  static override args = {
    site: siteArgument,
    domains: text({ required: true, description: 'Domains: a,b' }),
  };
  static override flags = { wait: waitFlag };

  async run(): Promise<ChangeFacts> {
    const { args, flags } = await this.parse(DomainsSet);
    const domains = parseDomains(args.domains);
    const settings = { DOMAINS: domains.join(' ') } as Record<SettingKey, string>;
    return this.applyOrStore(args.site, { reason: 'domains', domains }, settings, { ...flags, apply: true });
  }
}
