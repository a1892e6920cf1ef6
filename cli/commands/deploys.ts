import type { DeployStatus, SiteName } from '../../core/index.ts';
import { siteArgument } from '../arguments.ts';
import { BaseCommand } from '../base-command.ts';
import { prose } from '../prose.ts';
import { runningLines } from '../render/interrupt.ts';
import { moment } from '../render/text.ts';

export default class Deploys extends BaseCommand {
  static override remote = true;
  static override summary = "List a site's last deploys.";
  static override description = prose(`
    The newest first, those that failed and the one that runs included. A deploy that runs can be followed with attach and stopped
    with cancel; it goes on when whoever pushed it is gone. Of one that failed stands why: octo help CODE tells more.

    With --json: { site, deploys: [{ site, deploy, reason, actor, since, phase, by?, error?, pid, host, alive }] }, oldest first; the
    phase is running, current (it became the current release), failed, cancelled or killed.
  `);
  static override examples = ['<%= config.bin %> deploys app'];
  static override args = { site: siteArgument };

  async run(): Promise<{ site: SiteName; deploys: readonly DeployStatus[] }> {
    const { args } = await this.parse(Deploys);
    const { site } = args;
    const engine = await this.engine();
    const deploys = await engine.deploys(site);
    // A site without a deploy may well exist; one that does not is an error.
    if (deploys.length === 0) await engine.status(site);
    if (deploys.length > 0)
      this.printTable(['DEPLOY', 'BEGAN (UTC)', 'WHY', 'STATE', 'BY'], deploys.toReversed().map(rowOf), [
        'DEPLOY',
      ]);
    else this.notice(`No deploy of ${site} is on record.`);
    for (const line of runningLines(deploys)) this.notice(line);
    return { site, deploys };
  }
}

function rowOf({ deploy, since, reason, phase, by, error, actor }: DeployStatus): string[] {
  const state = [phase, ...(by === undefined ? [] : [`by ${by}`]), ...(error === undefined ? [] : [error])];
  return [deploy, moment(since), reason, state.join(' '), actor];
}
