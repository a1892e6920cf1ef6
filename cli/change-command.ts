/** What the commands share that make a release without a push: configuration, domains, scale, reload, start. */
import {
  type Change,
  type Engine,
  messageOf,
  type Operation,
  type Outcome,
  type Push,
  type SiteName,
  type Source,
} from '../core/index.ts';
import { BaseCommand } from './base-command.ts';
import { type OutcomeFacts, outcomeFacts, outcomeLines } from './render/outcome.ts';

/** What `--json` prints of a change. */
export type AppliedFacts = OutcomeFacts & { readonly applied: true };
export type ChangeFacts =
  | AppliedFacts
  | { readonly site: SiteName; readonly applied: false; readonly because: string };

export abstract class ChangeCommand extends BaseCommand {
  /** Makes a release of the change, tells it, and sees to the end of the old instances. */
  protected async applyChange(site: SiteName, change: Change, wait: boolean): Promise<ChangeFacts> {
    const engine = await this.engine();
    return this.concludeChange(await engine.change(site, change, this.operation([site])), wait);
  }

  protected async concludeChange(outcome: Outcome, wait: boolean): Promise<AppliedFacts> {
    return { ...(await this.concludeOutcome(outcome, wait)), applied: true };
  }

  /** Makes a source the new release, tells it, and sees to the end of the old instances. */
  protected async deploySource(site: SiteName, source: Source, wait: boolean): Promise<OutcomeFacts> {
    const outcome = await this.deployed({ site, source }, this.operation([site]));
    return this.concludeOutcome(outcome, wait);
  }

  protected async deployed(push: Push, operation: Operation): Promise<Outcome> {
    const engine = await this.engine();
    const [outcome] = await engine.deploy([push], operation);
    if (!outcome) throw new Error('The engine gave no outcome for a deploy.');
    return outcome;
  }

  /** Tells what became current, and sees to the end of the old instances. */
  protected async concludeOutcome(outcome: Outcome, wait: boolean): Promise<OutcomeFacts> {
    const facts = outcomeFacts(outcome);
    this.conclude(outcomeLines(facts));
    await this.#followUp(outcome, wait);
    return facts;
  }

  /** Makes a release where the site runs; else stores the settings for the next one, and says so. */
  protected async applyOrStore(
    site: SiteName,
    change: Change,
    { wait, deploy = true }: { readonly wait: boolean; readonly deploy?: boolean },
  ): Promise<ChangeFacts> {
    const engine = await this.engine();
    const because = deploy ? await whyNotRunning(engine, site) : 'because of --no-deploy';
    if (because === undefined) return this.applyChange(site, change, wait);
    await engine.setSettings(site, change.settings ?? {}, change);
    this.print(`Stored, not applied (${because}): the next release of ${site} takes it.`);
    return { site, applied: false, because };
  }

  /** Old instances end, and new ones are watched; with `wait` the command returns when the old ones have ended. */
  async #followUp({ release: { site }, retiring, started }: Outcome, wait: boolean): Promise<void> {
    const engine = await this.engine();
    if (wait && retiring > 0) await this.#endRetiring(engine, site);
    if (started > 0 || (!wait && retiring > 0)) this.context.finishInBackground(engine.config.file, [site]);
  }

  async #endRetiring(engine: Engine, site: SiteName): Promise<void> {
    this.notice('Waiting for the old instances to end.');
    const operation = this.operation([site]);
    try {
      await engine.finishRetiring([site], operation);
    } catch (error) {
      // The release is current: this changes nothing about it.
      operation.reporter.warn(
        site,
        `old instances remain (${messageOf(error)}); octo converge ${site} ends them`,
      );
    }
  }
}

async function whyNotRunning(engine: Engine, site: SiteName): Promise<string | undefined> {
  if (!(await engine.current(site))) return 'the site has no release yet';
  const { state } = await engine.status(site);
  return state === 'stopped' ? 'the site is stopped' : undefined;
}
