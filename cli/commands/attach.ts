import { type DeployStatus, exitCodes, type SiteName } from '../../core/index.ts';
import { BaseCommand } from '../base-command.ts';
import { deployArgument, findDeploy } from '../deploy-argument.ts';
import { openDeployOutput } from '../deploy-log/open.ts';
import { prose } from '../prose.ts';

interface Attached {
  readonly site: SiteName;
  readonly deploy: string;
  readonly phase: DeployStatus['phase'];
  readonly lines: readonly string[];
}

export default class Attach extends BaseCommand {
  static override remote = true;
  static override summary = 'Show what a deploy says, from its start.';
  static override description = prose(`
    While the deploy runs, goes on with what comes until it ends; Ctrl-C stops to look and leaves the deploy alone. The
    exit code is 0 where the deploy became current, else 1.

    With --json, once it has ended: { site, deploy, phase, lines }.
  `);
  static override examples = ['<%= config.bin %> attach app', '<%= config.bin %> attach mhx3k2p9a41f0c'];
  static override args = { deploy: deployArgument };

  async run(): Promise<Attached> {
    const { args } = await this.parse(Attach);
    const engine = await this.engine();
    const { site, deploy } = await findDeploy(engine, args.deploy);
    this.atInterrupt(`The deploy ${deploy} of ${site} is left alone; octo cancel ${site} stops it.`);
    const signal = AbortSignal.any([this.signal, this.context.stdout.closed]);
    const lines = await this.printParts(await openDeployOutput(engine, deploy, { follow: true, signal }));
    if (this.signal.aborted) this.context.setExitCode(exitCodes.interrupted);
    const { phase } = await engine.deployOf(deploy);
    if (!this.signal.aborted) this.#judge(phase, site);
    return { site, deploy, phase, lines };
  }

  #judge(phase: DeployStatus['phase'], site: SiteName): void {
    if (phase === 'current') return;
    this.context.setExitCode(exitCodes.failed);
    if (phase === 'killed')
      this.notice(`Its process was killed. To clean up after it: octo converge ${site}`);
  }
}
