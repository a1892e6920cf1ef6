import type { Publication, SiteName } from '../../core/index.ts';
import { siteArgument } from '../arguments.ts';
import { BaseCommand } from '../base-command.ts';
import { prose } from '../prose.ts';

export default class Push extends BaseCommand {
  static override remote = true;
  static override summary = "Push a site's image to the registry.";
  static override description = prose(`
    The current release, now. Every deploy and rollback does it by itself, and octo converge where the registry did not
    answer then.

    With --json: { site, release, reference }.
  `);
  static override examples = ['<%= config.bin %> push app'];
  static override args = { site: siteArgument };

  async run(): Promise<Publication & { site: SiteName }> {
    const { args } = await this.parse(Push);
    const { site } = args;
    const engine = await this.engine();
    const { release, reference } = await engine.publish(site, this.operation([site]));
    this.print(`Release ${release} of ${site} is ${reference}`);
    return { site, release, reference };
  }
}
