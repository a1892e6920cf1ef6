import { Config } from '@oclif/core/config';
import { text } from '../arguments.ts';
import { BaseCommand } from '../base-command.ts';
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { wordsOf } from '../completion/tree.ts';
import { zshScript } from '../completion/zsh.ts';
import { errors } from '../errors.ts';
import { loadOptions } from '../load-options.ts';
import { addPluginCommands, configToShow } from '../plugin-commands.ts';
import { prose } from '../prose.ts';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

export default class Completion extends BaseCommand {
  static override summary = 'Print a script by which a shell completes octo.';
  static override description = prose(`
    It knows commands and flags by itself, those of plugins too, and asks octo sites for names. After an update or another
    plugin, make it again. For all users of bash: octo completion bash > /etc/bash_completion.d/octo; of zsh: into a file
    _octo in a folder of $fpath; of fish: into /etc/fish/completions/octo.fish.

    With --json: { shell, script }.
  `);
  static override examples = [
    'source <(<%= config.bin %> completion bash)',
    '<%= config.bin %> completion fish > ~/.config/fish/completions/octo.fish',
  ];
  static override args = { shell: text({ required: true, description: 'bash, zsh or fish.' }) };

  async run(): Promise<{ shell: string; script: string }> {
    const { args } = await this.parse(Completion);
    const { shell } = args;
    if (!isShell(shell))
      throw errors.E_ARGUMENTS({
        problem: `There is no completion for ${JSON.stringify(shell)}.`,
        usage: shellLine,
      });
    const script = scripts[shell](await this.#words());
    this.context.stdout.write(this.jsonEnabled() ? '' : script);
    return { shell, script };
  }

  async #words() {
    const all = await Config.load(loadOptions('**/*'));
    try {
      addPluginCommands(all, await configToShow(this.context, this.configFlag));
    } catch {
      this.notice(
        'Without the commands of plugins: the configuration cannot be read; octo plugins says why.',
      );
    }
    const topics = Object.fromEntries(
      all.topics.map(({ name, description = '' }) => [name.replaceAll(':', ' '), description]),
    );
    return wordsOf(all.commands, topics);
  }
}

const shellLine = `octo completion ${Object.keys(scripts).join('|')}`;

function isShell(shell: string): shell is keyof typeof scripts {
  return Object.hasOwn(scripts, shell);
}
