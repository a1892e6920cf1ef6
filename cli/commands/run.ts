import { siteArgument, wordsOf } from '../arguments.ts';
import { AttendedCommand, type AttendedFacts, commandArgument } from '../attended-command.ts';
import { prose } from '../prose.ts';

export default class Run extends AttendedCommand {
  static override remote = true;
  static override summary = 'Run a command in a new container of a site.';
  static override description = prose(`
    The container has the image, environment, volumes, links and limits of the current release, and no ports; it is
    removed when the command ends. No request comes to it. Its exit code is this command's.

    What is typed and piped in goes to it, what it writes comes back byte by byte; at a terminal it gets one. Ctrl-C ends
    it: at a terminal it is the program's own to hear.

    With --json: { site, exitCode, stdout, stderr }.
  `);
  static override usage = 'run SITE -- COMMAND…';
  static override examples = [
    '<%= config.bin %> run app -- bin/console',
    '<%= config.bin %> run app -- pg_dump --clean > app.sql',
    "<%= config.bin %> run app -- sh -c 'echo $PATH'",
  ];
  static override args = { site: siteArgument, command: commandArgument };

  async run(): Promise<AttendedFacts> {
    const { args } = await this.parse(Run);
    const engine = await this.engine();
    return this.attend(args.site, (streams, operation) =>
      engine.runAttended(args.site, wordsOf(args.command), streams, operation),
    );
  }
}
