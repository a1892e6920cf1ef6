import * as Flags from '@oclif/core/flags';
import type { SiteName, SiteSurplus } from '../../core/index.ts';
import { optionalSite } from '../arguments.ts';
import { BaseCommand } from '../base-command.ts';
import { errors } from '../errors.ts';
import { prose } from '../prose.ts';

interface Cleaned {
  /** What could be freed, with --dry-run; else what was. */
  readonly sites: readonly SiteSurplus[];
  readonly freed: boolean;
}

export default class Clean extends BaseCommand {
  static override remote = true;
  static override summary = 'Free images that no release within reach needs.';
  static override description = prose(`
    Within reach are the last releases of each site (releases.keep in the configuration, 5 by default), the current one
    and what still runs. Beyond that images, and the configurations and certificates of old releases are freed; their
    records stay as history. Images of deploys that were killed go too. Deploys do this by themselves, after the old
    instances have ended.

    Shows first what that is, then asks; where there is no terminal, --yes or --dry-run is needed.

    With --json: { sites: [{ site, images: [{ id, tag, site }], contents: [key], releases: [number] }], freed }.
  `);
  static override examples = [
    '<%= config.bin %> clean --dry-run',
    '<%= config.bin %> clean app',
    '<%= config.bin %> clean --yes',
  ];
  static override args = { site: optionalSite };
  static override flags = {
    'dry-run': Flags.boolean({ description: 'Only show what could be freed.', exclusive: ['yes'] }),
    yes: Flags.boolean({ char: 'y', description: 'Do not ask.' }),
  };

  async run(): Promise<Cleaned> {
    const { args, flags } = await this.parse(Clean);
    const sites = args.site === undefined ? undefined : [args.site];
    const engine = await this.engine();
    const plan = await engine.planClean(sites);
    this.#show(plan);
    if (plan.length === 0 || flags['dry-run']) return { sites: plan, freed: false };
    if (!flags.yes) await this.#confirm(args.site);
    const concerned = plan.map(({ site }) => site);
    const freed = await engine.clean(concerned, this.operation(concerned));
    this.print(`Freed: ${inAll(freed)}.`);
    return { sites: freed, freed: true };
  }

  #show(plan: readonly SiteSurplus[]): void {
    for (const { site, images, releases, contents } of plan) {
      for (const { tag } of images) this.print(`${site}: the image ${tag}`);
      if (contents.length > 0) this.print(`${site}: ${count(contents.length, 'record')} of old releases`);
      if (releases.length > 0) this.print(`${site}: cannot go back to ${releases.join(', ')} after that`);
    }
    if (plan.length === 0) this.print('Nothing to free: every image belongs to a release within reach.');
  }

  async #confirm(site: SiteName | undefined): Promise<void> {
    const answer = await this.ask('Free this? (yes/no) ');
    if (answer !== undefined && /^y(es)?$/i.test(answer)) return;
    const command = ['octo clean', ...(site === undefined ? [] : [site])].join(' ');
    throw errors.E_CLEAN_NOT_CONFIRMED({ asked: answer !== undefined, command });
  }
}

function inAll(sites: readonly SiteSurplus[]): string {
  const images = sites.flatMap((one) => one.images).length;
  const records = sites.flatMap(({ contents }) => contents).length;
  return `${count(images, 'image')}, ${count(records, 'record')}`;
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}
