/** What the commands share that bring sites where they should be, each by itself: what was done, and what could not be. */
import type { Action, Convergence, Engine, Operation, SiteName } from '../core/index.ts';
import { BaseCommand } from './base-command.ts';
import { mendRepositories } from './door/mend.ts';
import { errors } from './errors.ts';
import { type FailureFacts, failureFacts, failureLines } from './render/failure.ts';

/** What `--json` prints of it. */
export interface ConvergenceFacts {
  readonly actions: readonly Action[];
  readonly problems: readonly { readonly site: SiteName; readonly error: FailureFacts }[];
}

export abstract class ConvergenceCommand extends BaseCommand {
  /** Repositories hold the branches of several sites: they are looked at when all are. */
  protected async convergeSites(
    engine: Engine,
    sites: readonly SiteName[] | undefined,
    operation: Operation,
  ): Promise<Convergence> {
    const first = await engine.converge(sites, operation);
    if (sites) return first;
    const { actions, problems } = await mendRepositories(engine, operation);
    return { actions: [...first.actions, ...actions], problems: [...first.problems, ...problems] };
  }

  /** Every problem is told, not only the first. @param quiet true: problems only */
  protected concludeConvergence({ actions, problems }: Convergence, quiet = false): ConvergenceFacts {
    if (!quiet) this.tellActions(actions);
    const told = problems.map(({ site, error }) => ({ site, error: failureFacts(error) }));
    if (problems.length > 0 && !this.jsonEnabled()) {
      for (const { error } of problems) for (const line of failureLines(error)) this.notice(line);
      throw errors.E_CONVERGE({ sites: problems.map(({ site }) => site) });
    }
    if (problems.length > 0) this.context.setExitCode(1);
    return { actions, problems: told };
  }

  protected tellActions(actions: readonly Action[]): void {
    for (const { site, did } of actions) this.print(`${site}: ${did}`);
    if (actions.length === 0) this.print('Nothing to do.');
  }
}
