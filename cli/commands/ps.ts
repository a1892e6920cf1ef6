import type { RunningInstance, SiteName } from '../../core/index.ts';
import { optionalSite, watchFlag } from '../arguments.ts';
import { prose } from '../prose.ts';
import { runningRow, runningTitles } from '../render/running.ts';
import { WatchCommand } from '../watch-command.ts';

export default class Ps extends WatchCommand {
  static override remote = true;
  static override summary = 'Show the instances of a site, or of all.';
  static override description = prose(`
    STATE is running, paused, unhealthy (its HEALTHCHECK says so), returning (it has ended and is about to be started again)
    or ended; a line ends with what the instance is there for where that is not the current release: retiring, or left over,
    which octo converge takes away. With --watch it is shown again every two seconds, until Ctrl-C.

    With --json, not with --watch: { instances: [{ id, name, site, release, deploy, role, state, addresses, startedAt?, restarts,
    exitCode? }] }.
  `);
  static override examples = ['<%= config.bin %> ps', '<%= config.bin %> ps app --watch'];
  static override args = { site: optionalSite };
  static override flags = { watch: watchFlag };

  async run(): Promise<{ instances: readonly RunningInstance[] }> {
    const { args, flags } = await this.parse(Ps);
    let instances: readonly RunningInstance[] = [];
    await this.shown(flags.watch, async () => {
      instances = await this.#show(args.site);
    });
    return { instances };
  }

  async #show(site: SiteName | undefined): Promise<readonly RunningInstance[]> {
    const instances = await (await this.engine()).running(site);
    const now = Date.now();
    if (instances.length > 0)
      this.printTable(
        runningTitles,
        instances.map((one) => runningRow(one, now)),
        ['INSTANCE'],
      );
    else this.notice(site ? `No instance of ${site} runs.` : 'No instance runs.');
    return instances;
  }
}
