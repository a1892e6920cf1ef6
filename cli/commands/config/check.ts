import type { Explained, SiteName } from '../../../core/index.ts';
import { siteArgument } from '../../arguments.ts';
import { prose } from '../../prose.ts';
import { type Checked, ServiceCheckCommand } from '../../service-check-command.ts';

export default class ConfigCheck extends ServiceCheckCommand {
  static override summary = 'Show how a site is checked, and ask its services once.';
  static override description = prose(`
    The check of new instances and that of the catalog, with where each comes from; then each service of the site is asked
    by its own check, as services --check does. The exit code is 1 where one is critical. octo explain shows all that the
    site is run with.

    With --json: { site, specification: [{ name, value, origin }], services: [as services --check] }.
  `);
  static override examples = ['<%= config.bin %> config:check app'];
  static override args = { site: siteArgument };

  async run(): Promise<{
    site: SiteName;
    specification: readonly Explained[];
    services: readonly Checked[];
  }> {
    const { args } = await this.parse(ConfigCheck);
    const { site } = args;
    const engine = await this.engine();
    const specification = (await engine.explain(site)).filter(({ name }) => /check/.test(name));
    this.printTable(
      ['WHAT', 'VALUE', 'FROM'],
      specification.map(({ name, value, origin }) => [name, value, origin]),
    );
    return { site, specification, services: await this.askServices(engine, site) };
  }
}
