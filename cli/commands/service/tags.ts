import type { ServiceTag, SiteName } from '../../../core/index.ts';
import { siteArgument } from '../../arguments.ts';
import { BaseCommand } from '../../base-command.ts';
import { prose } from '../../prose.ts';

export default class ServiceTags extends BaseCommand {
  static override remote = true;
  static override summary = "Show the tags of a site's services, and where each comes from.";
  static override description = prose(`
    FROM is the setting CONSUL_TAGS, a line of the site file, the image's variable CONSUL_TAGS, default, or service:set with the address of what
    was given by hand. The services of instances get them with the next release; octo services shows what they have.

    With --json: { site, tags: [{ tag, origin }] }.
  `);
  static override examples = ['<%= config.bin %> service:tags app'];
  static override args = { site: siteArgument };

  async run(): Promise<{ site: SiteName; tags: readonly ServiceTag[] }> {
    const { args } = await this.parse(ServiceTags);
    const { site } = args;
    const engine = await this.engine();
    const tags = await engine.serviceTags(site);
    this.printTable(
      ['TAG', 'FROM'],
      tags.map(({ tag, origin }) => [tag, origin]),
    );
    return { site, tags };
  }
}
