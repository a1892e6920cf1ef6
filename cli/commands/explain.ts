import type { Explained, SiteName } from '../../core/index.ts';
import { siteArgument, text } from '../arguments.ts';
import { BaseCommand } from '../base-command.ts';
import { errors } from '../errors.ts';
import { prose } from '../prose.ts';
import { runningLines } from '../render/interrupt.ts';

export default class Explain extends BaseCommand {
  static override aliases = ['config:options'];
  static override remote = true;
  static override summary = 'Show what a site is run with, and where each value comes from.';
  static override description = prose(`
    What the next release would have if nothing were pushed before it. FROM is a setting, a line of the site file or of
    the Dockerfile, CNAME, domains:set, the image, the configuration of this installation, or default. Values of the environment are not shown:
    they may be secrets, which config shows to those who may see them.

    With a word only what has it in its name, or comes from the setting of that name: octo explain app port, or
    octo explain app CONTAINERS.

    A deploy of the site that runs is named below: what stands above is not what it makes.

    With --json: { site, specification: [{ name, value, origin }] }; a list has an entry for each of its parts.
  `);
  static override examples = ['<%= config.bin %> explain app', '<%= config.bin %> explain app domain'];
  static override args = {
    site: siteArgument,
    what: text({ description: 'A part of a name, or a setting; everything where it is left out.' }),
  };

  async run(): Promise<{ site: SiteName; specification: readonly Explained[] }> {
    const { args } = await this.parse(Explain);
    const { site, what } = args;
    const engine = await this.engine();
    const specification = chosen(await engine.explain(site), what);
    this.printTable(
      ['WHAT', 'VALUE', 'FROM'],
      specification.map(({ name, value, origin }) => [name, value, origin]),
    );
    for (const line of runningLines(await engine.deploys(site))) this.notice(line);
    return { site, specification };
  }
}

/** @throws E_ARGUMENTS with the names there are */
function chosen(all: readonly Explained[], what: string | undefined): readonly Explained[] {
  if (what === undefined) return all;
  const wanted = what.toLowerCase();
  const found = all.filter(
    ({ name, origin }) => name.toLowerCase().includes(wanted) || origin.toLowerCase() === `setting ${wanted}`,
  );
  const names = [...new Set(all.map(({ name }) => name))].join(', ');
  if (found.length === 0)
    throw errors.E_ARGUMENTS({
      problem: `Nothing is called ${JSON.stringify(what.slice(0, 80))}; there are ${names}.`,
    });
  return found;
}
