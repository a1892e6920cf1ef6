import type { Explained, SiteName } from '../../core/index.ts';
import { siteArgument } from '../arguments.ts';
import { BaseCommand } from '../base-command.ts';
import { prose } from '../prose.ts';

export default class Explain extends BaseCommand {
  static override aliases = ['config:options'];
  static override remote = true;
  static override summary = 'Show what a site is run with, and where each value comes from.';
  static override description = prose(`
    What the next release would have if nothing were pushed before it. FROM is a setting, a line of the site file or of
    the Dockerfile, CNAME, domains:set, the image, the configuration of this installation, or default. Values of the environment are not shown:
    they may be secrets, which config shows to those who may see them.

    With --json: { site, specification: [{ name, value, origin }] }; a list has an entry for each of its parts.
  `);
  static override examples = ['<%= config.bin %> explain app'];
  static override args = { site: siteArgument };

  async run(): Promise<{ site: SiteName; specification: readonly Explained[] }> {
    const { args } = await this.parse(Explain);
    const { site } = args;
    const engine = await this.engine();
    const specification = await engine.explain(site);
    this.printTable(
      ['WHAT', 'VALUE', 'FROM'],
      specification.map(({ name, value, origin }) => [name, value, origin]),
    );
    return { site, specification };
  }
}
