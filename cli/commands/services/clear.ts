import type { ByHandService, SiteName } from '../../../core/index.ts';
import { siteArgument } from '../../arguments.ts';
import { BaseCommand } from '../../base-command.ts';
import { prose } from '../../prose.ts';
import { commandOf } from '../../render/services.ts';

export default class ServicesClear extends BaseCommand {
  static override remote = true;
  static override summary = 'Take away all services that a site was given by hand.';
  static override description = prose(`
    Out of the routes at once, then out of the catalog; the commands that bring them back are printed. The services of
    the site's own instances stay. Over ssh it takes an admin key.

    With --json: { site, services: [those that were taken away] }.
  `);
  static override examples = ['<%= config.bin %> services:clear app'];
  static override args = { site: siteArgument };

  async run(): Promise<{ site: SiteName; services: readonly ByHandService[] }> {
    const { args } = await this.parse(ServicesClear);
    const { site } = args;
    const engine = await this.engine();
    const { services } = await engine.changeByHand(site, { remove: 'all' }, this.operation([site]));
    if (services.length === 0) this.print(`${site} was given no service by hand.`);
    for (const service of services)
      this.print(`${service.id} is taken away; it comes back with: ${commandOf(service)}`);
    const instances = (await engine.services(site)).length;
    if (instances > 0)
      this.print(`The ${instances} of its own instances stay; they go with: octo stop ${site}`);
    return { site, services };
  }
}
