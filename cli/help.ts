/** What `octo help` shows. */
import type { Command } from '@oclif/core/command';
import type { Config } from '@oclif/core/config';
import { Help } from '@oclif/core/help';
import type { CommandContext } from './context.ts';
import { oldCommands } from './old-commands.ts';
import { plain, styleFor } from './render/style.ts';

const asking = new Set(['help', '--help', '-h']);

/** Whether a command line asks for help and names no command. Pure. */
export function asksForAll(argv: readonly string[]): boolean {
  return argv.every((word) => asking.has(word));
}

export class OctoHelp extends Help {
  /** oclif looks at the terminal when it is loaded, which for a startup snapshot was the build's. */
  constructor(config: Config, { stdout, environment }: Pick<CommandContext, 'stdout' | 'environment'>) {
    super(config, {
      maxWidth: Math.max(stdout.columns ?? 80, 40),
      stripAnsi: styleFor(stdout, environment) === plain,
    });
  }

  /** Its first line is the summary, which is not said again. */
  override formatCommand(command: Command.Loadable): string {
    return super.formatCommand({ ...command, summary: '' });
  }

  /** Where no command is named: every command there is, as it is typed. */
  override async showRootHelp(): Promise<void> {
    const commands = this.sortedCommands.map((one) => [one.id, this.summary(one)] as [string, string]);
    const old = Object.entries(oldCommands).map(
      ([name, { instead }]) => [name, instead.join('; ')] as [string, string],
    );
    this.log(this.formatRoot());
    this.log('');
    this.log(this.section('COMMANDS', this.#list(commands)));
    this.log('');
    this.log(this.section('COMMANDS OF THE ORIGINAL OCTOHOST, AND WHAT TO TYPE TODAY', this.#list(old)));
  }

  #list(rows: [string, string][]): string {
    return this.renderList(rows, { indentation: 2, spacer: '\n', stripAnsi: this.opts.stripAnsi ?? false });
  }
}
