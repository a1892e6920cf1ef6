import * as Flags from '@oclif/core/flags';
import { siteArgument, wordsOf } from '../arguments.ts';
import { AttendedCommand, type AttendedFacts, commandArgument } from '../attended-command.ts';
import { chooseInstances } from '../chosen-instances.ts';
import { errors } from '../errors.ts';
import { prose } from '../prose.ts';

export default class Exec extends AttendedCommand {
  static override remote = true;
  static override summary = 'Run a command in a running instance of a site.';
  static override description = prose(`
    It runs in the first instance, or in the one that is named, as the instance's user and with its environment; octo run
    takes a container of its own instead. Its exit code is this command's.

    What is typed and piped in goes to it, what it writes comes back byte by byte; at a terminal it gets one, and Ctrl-C is
    the program's own to hear. Elsewhere Ctrl-C ends the connection alone: what runs in the instance may go on.

    With --json: { site, exitCode, stdout, stderr }.
  `);
  static override usage = 'exec SITE [--instance NAME] -- COMMAND…';
  static override examples = [
    '<%= config.bin %> exec app -- ps',
    '<%= config.bin %> exec app --instance app-m1k3x9-2 -- sh',
  ];
  static override args = { site: siteArgument, command: commandArgument };
  static override flags = {
    instance: Flags.string({
      description: 'The instance; the first one where it is left out.',
      helpValue: 'NAME',
    }),
  };

  async run(): Promise<AttendedFacts> {
    const { args, flags } = await this.parse(Exec);
    const { site } = args;
    const engine = await this.engine();
    const [instance] = chooseInstances(await engine.instances(site), site, flags.instance);
    if (!instance) throw errors.E_INSTANCE_NONE({ site });
    return this.attend(site, (streams, operation) =>
      engine.execAttended(instance, wordsOf(args.command), streams, operation),
    );
  }
}
