import * as Flags from '@oclif/core/flags';
import type { CatalogEntry, Engine, SiteName, UnusableThing } from '../../core/index.ts';
import { optionalSite } from '../arguments.ts';
import { prose } from '../prose.ts';
import { serviceRow, servicesTitles } from '../render/services.ts';
import { unusableLine } from '../render/unusable.ts';
import { type Checked, ServiceCheckCommand } from '../service-check-command.ts';

export default class Services extends ServiceCheckCommand {
  static override remote = true;
  static override summary = 'Show the services in the catalog.';
  static override description = prose(`
    FROM is the deploy that started the instance, or service:set and who did it. HEALTH is what the catalog knows; the
    embedded one asks nobody and says unknown.

    With --check each service is asked once, by its own check and from this host, and nothing is changed: an answer below
    400 passes. The exit code is 1 where one is critical. A check may name any address, so over ssh this takes an admin
    key for all sites.

    Below them stand services under a site's name that this octohost did not register: it neither routes nor
    deregisters them.

    With --json: { services: [{ kind, id, site, address, port, tags, check?, health, … }], unusable: [{ name, site?,
    problem, … }] }; with --check each service has found and because too, and there is no unusable.
  `);
  static override examples = ['<%= config.bin %> services', '<%= config.bin %> services app --check'];
  static override args = { site: optionalSite };
  static override flags = {
    check: Flags.boolean({ description: 'Ask each service once whether it answers.' }),
  };

  async run(): Promise<{
    services: readonly (CatalogEntry | Checked)[];
    unusable?: readonly UnusableThing[];
  }> {
    const { args, flags } = await this.parse(Services);
    const engine = await this.engine();
    if (flags.check) return { services: await this.askServices(engine, args.site) };
    return this.#show(engine, args.site);
  }

  async #show(engine: Engine, site: SiteName | undefined) {
    const services = await engine.services(site);
    if (services.length > 0) this.printTable(servicesTitles, services.map(serviceRow));
    else this.notice('There is no service in the catalog.');
    const unusable = (await engine.unusable(site)).filter(({ where }) => where === 'catalog');
    for (const one of unusable) this.notice(unusableLine(one));
    return { services, unusable };
  }
}
