/** What the commands share that bring sites where they should be, each by itself: what was done, and what could not be. */
import type { Action, Convergence, SiteName } from '../core/index.ts';
import { BaseCommand } from './base-command.ts';
import { errors } from './errors.ts';
import { type FailureFacts, failureFacts, failureLines } from './render/failure.ts';

/** What `--json` prints of it. */
export interface ConvergenceFacts {
  readonly actions: readonly Action[];
  readonly problems: readonly { readonly site: SiteName; readonly error: FailureFacts }[];
}

export abstract class ConvergenceCommand extends BaseCommand {
  /** Every problem is told, not only the first. @param quiet true: problems only */
  protected concludeConvergence({ actions, problems }: Convergence, quiet = false): ConvergenceFacts {
    if (!quiet) this.#tell(actions);
    const told = problems.map(({ site, error }) => ({ site, error: failureFacts(error) }));
    if (problems.length > 0 && !this.jsonEnabled()) {
      for (const { error } of problems) for (const line of failureLines(error)) this.notice(line);
      throw errors.E_CONVERGE({ sites: problems.map(({ site }) => site) });
    }
    if (problems.length > 0) this.context.setExitCode(1);
    return { actions, problems: told };
  }

  #tell(actions: readonly Action[]): void {
    for (const { site, did } of actions) this.print(`${site}: ${did}`);
    if (actions.length === 0) this.print('Nothing to do.');
  }
}
