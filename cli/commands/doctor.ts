import { type CheckResult, exitCodes } from '../../core/index.ts';
import { BaseCommand } from '../base-command.ts';
import { prose } from '../prose.ts';
import { cleanLine } from '../render/text.ts';

export default class Doctor extends BaseCommand {
  static override summary = 'Look whether what the plugins depend on is there.';
  static override description = prose(`
    Runs the checks that the plugins of this installation bring, each for at most ten seconds; they change nothing. The exit
    code is 1 where one failed.

    With --json: { checks: [{ plugin, check, summary, state, message, hint? }] }; the state is ok, warning or failed.
  `);
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --json'];

  async run(): Promise<{ checks: readonly CheckResult[] }> {
    await this.parse(Doctor);
    const engine = await this.engine();
    const checks = await engine.runChecks(this.signal);
    if (checks.length === 0) this.notice('No plugin of this installation brings a check.');
    for (const { plugin, check, state, message, hint } of checks) {
      const paint = { ok: this.style.green, warning: this.style.yellow, failed: this.style.red }[state];
      this.print(`${paint(state.padEnd(7))}  ${plugin} ${check}: ${cleanLine(message)}`);
      if (hint !== undefined) this.print(`         ${cleanLine(hint)}`);
    }
    if (checks.some(({ state }) => state === 'failed')) this.context.setExitCode(exitCodes.failed);
    return { checks };
  }
}
