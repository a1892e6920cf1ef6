import * as Flags from '@oclif/core/flags';
import type { SiteName } from '../../core/index.ts';
import { optionalSites } from '../arguments.ts';
import { ConvergenceCommand, type ConvergenceFacts } from '../convergence-command.ts';
import { prose } from '../prose.ts';

export default class Converge extends ConvergenceCommand {
  static override remote = true;
  static override summary = 'Make what runs equal to the current releases.';
  static override description = prose(`
    Starts what is missing, registers it, applies the routes, and ends what is left over. Harmless to repeat; run it at
    boot and whenever something looks wrong. Without a site's name it also moves the refs of pushes that were killed
    after their release had become current. The exit code is 1 where a site could not be brought there.

    With --json: { actions: [{ site, did }], problems: [{ site, error }] }.
  `);
  static override examples = ['<%= config.bin %> converge', '<%= config.bin %> converge app --quiet'];
  static override args = { sites: optionalSites };
  static override flags = {
    quiet: Flags.boolean({ char: 'q', description: 'Tell problems only.' }),
  };

  async run(): Promise<ConvergenceFacts> {
    const { args, flags } = await this.parse(Converge);
    const sites = args.sites as unknown as readonly SiteName[] | undefined;
    const engine = await this.engine();
    const operation = this.operation(sites ?? (await engine.sites()));
    const found = await this.convergeSites(engine, sites, operation);
    return this.concludeConvergence(found, flags.quiet);
  }
}
