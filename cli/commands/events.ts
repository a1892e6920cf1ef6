import * as Flags from '@oclif/core/flags';
import { type AgentEvent, exitCodes } from '../../core/index.ts';
import { BaseCommand } from '../base-command.ts';
import { errors } from '../errors.ts';
import { prose } from '../prose.ts';
import { eventLine } from '../render/agent.ts';

export default class Events extends BaseCommand {
  static override remote = true;
  static override summary = 'Show what the agent sees and does.';
  static override description = prose(`
    The last 200 are kept, those of an agent that has ended too. Follow with -f until Ctrl-C. Without an agent
    (octo serve) nothing new comes.

    With --json, not with -f: { events: [{ number, at, site?, what }] }.
  `);
  static override examples = ['<%= config.bin %> events', '<%= config.bin %> events -f'];
  static override flags = {
    follow: Flags.boolean({ char: 'f', description: 'Go on with what comes.' }),
    lines: Flags.integer({
      char: 'n',
      default: 50,
      min: 0,
      max: 200,
      helpValue: 'LINES',
      description: 'How many of the last.',
    }),
  };

  async run(): Promise<{ events: readonly AgentEvent[] }> {
    const { flags } = await this.parse(Events);
    const { follow, lines: count } = flags;
    if (follow && this.jsonEnabled())
      throw errors.E_ARGUMENTS({ problem: '--json cannot follow: it prints one object at the end.' });
    const engine = await this.engine();
    if (follow) this.looksOn();
    const signal = AbortSignal.any([this.signal, this.context.stdout.closed]);
    const events: AgentEvent[] = [];
    for await (const event of engine.events({ follow, count }, signal)) {
      if (!follow) events.push(event);
      this.print(eventLine(event));
    }
    if (!follow && events.length === 0)
      this.notice('There is none: no agent has run on this host. Start one with: octo serve');
    if (this.signal.aborted) this.context.setExitCode(exitCodes.interrupted);
    return { events };
  }
}
