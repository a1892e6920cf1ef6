import type { ByHandService } from '../../../core/index.ts';
import { addressArgument, portArgument, siteArgument } from '../../arguments.ts';
import { BaseCommand } from '../../base-command.ts';
import { prose } from '../../prose.ts';

export default class ServiceRm extends BaseCommand {
  static override remote = true;
  static override summary = 'Take away a service that a site was given by hand.';
  static override description = prose(`
    Out of the routes at once, then out of the catalog. The services of the site's own instances come and go with them:
    octo stop and octo scale are for those. Over ssh it takes an admin key.

    With --json: { service }.
  `);
  static override examples = ['<%= config.bin %> service:rm app 10.0.0.5 8080'];
  static override args = { site: siteArgument, address: addressArgument, port: portArgument };

  async run(): Promise<{ service: ByHandService }> {
    const { args } = await this.parse(ServiceRm);
    const { site, address, port } = args;
    const engine = await this.engine();
    const remove = { address, port };
    const { services } = await engine.changeByHand(site, { remove }, this.operation([site]));
    const service = services[0] as ByHandService;
    this.print(`${service.id} is taken away.`);
    return { service };
  }
}
