import type { SiteName } from '../../../core/index.ts';
import { optionalSites } from '../../arguments.ts';
import { ConvergenceCommand, type ConvergenceFacts } from '../../convergence-command.ts';
import { prose } from '../../prose.ts';

export default class ServicesRegister extends ConvergenceCommand {
  static override remote = true;
  static override summary = 'Put running instances into the catalog where they are missing there.';
  static override description = prose(`
    Those of current releases, and what was given by hand; then the routes are applied. Nothing is started or ended: octo
    converge does that too. The exit code is 1 where a site could not be brought there.

    With --json: as converge.
  `);
  static override examples = [
    '<%= config.bin %> services:register',
    '<%= config.bin %> services:register app',
  ];
  static override args = { sites: optionalSites };

  async run(): Promise<ConvergenceFacts> {
    const { args } = await this.parse(ServicesRegister);
    const sites = args.sites as unknown as readonly SiteName[] | undefined;
    const engine = await this.engine();
    const operation = this.operation(sites ?? (await engine.sites()));
    return this.concludeConvergence(await engine.registerServices(sites, operation));
  }
}
