import * as Flags from '@oclif/core/flags';
import type { DeployStatus, DeployTrace } from '../../core/index.ts';
import { BaseCommand } from '../base-command.ts';
import { deployArgument, findDeploy } from '../deploy-argument.ts';
import { errors } from '../errors.ts';
import { prose } from '../prose.ts';
import { moment } from '../render/text.ts';
import { type ChromeTrace, chromeTrace, timelineLines } from '../render/trace.ts';

/** What `--json` prints: the trace as it is kept, and what became of the deploy. */
interface Traced extends DeployTrace {
  readonly phase: DeployStatus['phase'];
}

export default class Trace extends BaseCommand {
  static override remote = true;
  static override summary = 'Show what ran in a deploy, and how long.';
  static override description = prose(`
    A line for each step, and for each tap of a plugin with what came of it. A tap that took far longer than in the median
    of the last deploys of the site is marked; its deploy warned of it, too. What ran after the deploy, when its old
    instances ended, has + and the time after its begin. A deploy that was killed has no trace.

    With --json: { site, deploy, phase, began, milliseconds, spans: [a step: { kind, step, start, milliseconds, result }, or a
    tap: { kind, hook, plugin, tap, step?, start, milliseconds, calls, slowest, result, problem?, usual? }], left? }. All times are
    milliseconds, start those after began. A result is ok or failed, of taps timeout or aborted too.

    With --chrome it is what chrome://tracing and ui.perfetto.dev open.
  `);
  static override examples = [
    '<%= config.bin %> trace app',
    '<%= config.bin %> trace mhx3k2p9a41f0c',
    '<%= config.bin %> trace app --chrome > trace.json',
  ];
  static override args = { deploy: deployArgument };
  static override flags = {
    chrome: Flags.boolean({ description: "Print it in the format of Chrome's tracing." }),
  };

  async run(): Promise<Traced | ChromeTrace> {
    const { args, flags } = await this.parse(Trace);
    if (flags.chrome && this.jsonEnabled())
      throw errors.E_ARGUMENTS({ problem: '--chrome and --json are two formats: choose one.' });
    const engine = await this.engine();
    const { deploy, phase } = await findDeploy(engine, args.deploy);
    const trace = await engine.trace(deploy);
    if (flags.chrome) {
      const chrome = chromeTrace(trace);
      this.logJson(chrome);
      return chrome;
    }
    const { site, began, milliseconds } = trace;
    this.print(`${deploy} of ${site}: ${phase}, began ${moment(began)} (UTC), took ${milliseconds} ms`);
    const width = this.context.stdout.columns;
    for (const line of timelineLines(trace, { width, style: this.style })) this.print(line);
    return { ...trace, phase };
  }
}
