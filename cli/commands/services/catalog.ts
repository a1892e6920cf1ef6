import { type ServiceDefinition, serviceDefinition } from '../../../core/index.ts';
import { optionalSite } from '../../arguments.ts';
import { BaseCommand } from '../../base-command.ts';
import { prose } from '../../prose.ts';

export default class ServicesCatalog extends BaseCommand {
  static override remote = true;
  static override summary = 'Show the services in full, as a catalog is told of them.';
  static override description = prose(`
    The definitions of Consul's agent, as the original registered them: ID, Name, Address, Port, Tags and the check; Meta
    says whose each is. What is printed is JSON with and without --json.

    With --json: { services: [definition] }; without it the list alone.
  `);
  static override examples = [
    '<%= config.bin %> services:catalog',
    '<%= config.bin %> services:catalog app --json',
  ];
  static override args = { site: optionalSite };

  async run(): Promise<{ services: readonly ServiceDefinition[] }> {
    const { args } = await this.parse(ServicesCatalog);
    const engine = await this.engine();
    const installation = await engine.installation();
    const services = (await engine.services(args.site)).map((one) => serviceDefinition(one, installation));
    this.print(JSON.stringify(services, null, 2));
    return { services };
  }
}
