import type { ByHandService } from '../../../core/index.ts';
import { addressArgument, optionalTags, portArgument, siteArgument } from '../../arguments.ts';
import { BaseCommand } from '../../base-command.ts';
import { prose } from '../../prose.ts';

interface SetFacts {
  readonly service: ByHandService;
  readonly routed: boolean;
  /** Why it is not routed. */
  readonly because?: string;
}

export default class ServiceSet extends BaseCommand {
  static override remote = true;
  static override summary = 'Give a site a service that runs elsewhere.';
  static override description = prose(`
    It is in the catalog from now on and through every deploy, until service:rm takes it away. Where it has the tag http
    and the site runs and has an address, the router leads requests to it at once, beside the site's own instances.
    Nobody asks whether it answers: octo services SITE --check does. Set again, it gets other tags.

    Over ssh it takes an admin key; an address of this host or its link (127.0.0.1, 169.254.0.0/16, ::1, fe80::) one for
    all sites.

    With --json: { service, routed, because? }.
  `);
  static override examples = [
    '<%= config.bin %> service:set app 10.0.0.5 8080',
    '<%= config.bin %> service:set mysql 10.0.0.6 3306 db,primary',
  ];
  static override args = {
    site: siteArgument,
    address: addressArgument,
    port: portArgument,
    tags: optionalTags,
  };

  async run(): Promise<SetFacts> {
    const { args } = await this.parse(ServiceSet);
    const { site, address, port, tags = [] } = args;
    const engine = await this.engine();
    const set = { address, port, tags };
    const { services, unrouted } = await engine.changeByHand(site, { set }, this.operation([site]));
    const service = services[0] as ByHandService;
    this.print(
      unrouted === undefined
        ? `${service.id} answers for ${site} from now on, beside its own instances.`
        : `${service.id} is in the catalog; no requests are led to it: ${unrouted}.`,
    );
    return {
      service,
      routed: unrouted === undefined,
      ...(unrouted === undefined ? {} : { because: unrouted }),
    };
  }
}
