import type { DeployStatus, SiteName } from '../../core/index.ts';
import { siteArgument } from '../arguments.ts';
import { BaseCommand } from '../base-command.ts';
import { prose } from '../prose.ts';
import { moment } from '../render/text.ts';

export default class Deploys extends BaseCommand {
  static override remote = true;
  static override summary = "List a site's last deploys.";
  static override description = prose(`
    The newest first, those that failed and the one that runs included. A deploy that runs can be followed with attach
    and stopped with cancel.

    With --json: { site, deploys: [{ site, deploy, reason, actor, since, phase, by?, pid, host, alive }] }, oldest first; the
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
      this.printTable(['DEPLOY', 'BEGAN (UTC)', 'WHY', 'STATE', 'BY'], deploys.toReversed().map(rowOf));
    else this.notice(`No deploy of ${site} is on record.`);
    return { site, deploys };
  }
}

function rowOf({ deploy, since, reason, phase, by, actor }: DeployStatus): string[] {
  return [deploy, moment(since), reason, by === undefined ? phase : `${phase} by ${by}`, actor];
}
