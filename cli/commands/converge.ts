import * as Flags from '@oclif/core/flags';
import type { Action, Convergence, Engine, Operation, SiteName } from '../../core/index.ts';
import { optionalSites } from '../arguments.ts';
import { BaseCommand } from '../base-command.ts';
import { mendRepositories } from '../door/mend.ts';
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
    boot and whenever something looks wrong. Without a site's name it also moves the refs of pushes that were killed
    after their release had become current. The exit code is 1 where a site could not be brought there.

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
    const operation = this.operation(sites ?? (await engine.sites()));
    const found = await this.#converge(engine, sites, operation);
    if (!flags.quiet) this.#tell(found.actions);
    return this.#judge(found);
  }

  /** Repositories hold the branches of several sites: they are looked at when all are. */
  async #converge(
    engine: Engine,
    sites: readonly SiteName[] | undefined,
    operation: Operation,
  ): Promise<Convergence> {
    const first = await engine.converge(sites, operation);
    if (sites) return first;
    const { actions, problems } = await mendRepositories(engine, operation);
    return { actions: [...first.actions, ...actions], problems: [...first.problems, ...problems] };
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
