import type { DeployStatus, Engine, SiteName } from '../../core/index.ts';
import { BaseCommand } from '../base-command.ts';
import { deployArgument, findDeploy } from '../deploy-argument.ts';
import { followDeployLog } from '../deploy-log/follow.ts';
import { prose } from '../prose.ts';

export default class Cancel extends BaseCommand {
  static override remote = true;
  static override summary = 'Stop a deploy that runs.';
  static override description = prose(`
    A build in progress is stopped too, what the deploy had begun is taken away, and the push is refused; the old
    release serves on. Once the new release is current it is too late: the command says so.

    With --json: { site, deploy, phase: "cancelled" }.
  `);
  static override examples = ['<%= config.bin %> cancel app'];
  static override args = { deploy: deployArgument };

  async run(): Promise<{ site: SiteName; deploy: string; phase: 'cancelled' }> {
    const { args } = await this.parse(Cancel);
    const engine = await this.engine();
    const found = await findDeploy(engine, args.deploy);
    const { site, deploy } = found;
    await engine.cancel(deploy, this.context.actor);
    this.atInterrupt(`The deploy ${deploy} of ${site} stays cancelled, and cleans up by itself.`);
    this.notice(`The deploy ${deploy} of ${site} is cancelled; waiting until it has cleaned up.`);
    if (found.phase === 'killed') await engine.converge([site], this.operation([site]));
    else await this.#untilItEnded(engine, found);
    this.print(`The deploy ${deploy} of ${site} has ended; nothing of it became current.`);
    return { site, deploy, phase: 'cancelled' };
  }

  /** Its log is closed when its process is done; where the log is not, nobody can tell. */
  async #untilItEnded(engine: Engine, { site, deploy }: DeployStatus): Promise<void> {
    const isGone = async () => !(await engine.deployOf(deploy)).alive;
    const log = await followDeployLog(engine.config.dataDir, { site, deploy }, isGone, this.signal);
    if (!log) return this.notice('It runs on another machine, which cleans up by itself.');
    for await (const _ of log);
    this.signal.throwIfAborted();
  }
}
