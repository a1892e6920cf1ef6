import * as Flags from '@oclif/core/flags';
import type { Action, Convergence, SiteName } from '../../core/index.ts';
import { optionalSites } from '../arguments.ts';
import { BaseCommand } from '../base-command.ts';
import { errors } from '../errors.ts';
import { prose } from '../prose.ts';
import { type FailureFacts, failureFacts, failureLines } from '../render/failure.ts';

interface ConvergeFacts {
  readonly actions: readonly Action[];
  readonly problems: readonly { readonly site: SiteName; readonly error: FailureFacts }[];
}

export default class Converge extends BaseCommand {
  static override remote = true;
  static override summary = 'Make what runs equal to the current releases.';
  static override description = prose(`
    Starts what is missing, registers it, applies the routes, and ends what is left over. Harmless to repeat; run it at
    boot and whenever something looks wrong. The exit code is 1 where a site could not be brought there.

    With --json: { actions: [{ site, did }], problems: [{ site, error }] }.
  `);
  static override examples = ['<%= config.bin %> converge', '<%= config.bin %> converge app --quiet'];
  static override args = { sites: optionalSites };
  static override flags = {
    quiet: Flags.boolean({ char: 'q', description: 'Tell problems only.' }),
  };

  async run(): Promise<ConvergeFacts> {
    const { args, flags } = await this.parse(Converge);
    const sites = args.sites as unknown as readonly SiteName[] | undefined;
    const engine = await this.engine();
    const found = await engine.converge(sites, this.operation(sites ?? (await engine.sites())));
    if (!flags.quiet) this.#tell(found.actions);
    return this.#judge(found);
  }

  #tell(actions: readonly Action[]): void {
    for (const { site, did } of actions) this.print(`${site}: ${did}`);
    if (actions.length === 0) this.print('Nothing to do.');
  }

  /** Every problem is told, not only the first. */
  #judge({ actions, problems }: Convergence): ConvergeFacts {
    const told = problems.map(({ site, error }) => ({ site, error: failureFacts(error) }));
    if (problems.length > 0 && !this.jsonEnabled()) {
      for (const { error } of problems) for (const line of failureLines(error)) this.notice(line);
      throw errors.E_CONVERGE({ sites: problems.map(({ site }) => site) });
    }
    if (problems.length > 0) this.context.setExitCode(1);
    return { actions, problems: told };
  }
}
