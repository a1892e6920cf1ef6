import { deployFlag, siteArgument, waitFlag } from '../../arguments.ts';
import { ChangeCommand, type ChangeFacts } from '../../change-command.ts';
import { errors } from '../../errors.ts';
import { prose } from '../../prose.ts';
import { readSettings } from '../../settings-text/read.ts';
import { readStdin } from '../../stdin.ts';

/** Far more than a site's environment may have. */
const mostBytes = 4_000_000;

export default class ConfigImport extends ChangeCommand {
  static override remote = true;
  static override summary = 'Set settings of a site from stdin, all or none.';
  static override description = prose(`
    Takes what config:export wrote (the site that it names does not matter), KEY=value lines as in a .env file, or a
    JSON object { "KEY": "value" }. In a .env file a value in '…' is as it is; in "…" \\n, \\r, \\t, \\", \\\\ and \\$ mean what
    they mean elsewhere; nothing is expanded. All that is wrong is said at once, with its line, and then nothing is set.
    Settings that are not in it stay; a secret stays one, whatever its new value comes in. A running site gets one new release.

    With --json: as config:set.
  `);
  static override usage = 'config:import SITE < FILE';
  static override examples = [
    '<%= config.bin %> config:import app < .env',
    '<%= config.bin %> config:export app | <%= config.bin %> config:import other',
  ];
  static override args = { site: siteArgument };
  static override flags = { deploy: deployFlag, wait: waitFlag };

  async run(): Promise<ChangeFacts> {
    const { args, flags } = await this.parse(ConfigImport);
    if (this.context.stdinIsTerminal) this.notice('Type KEY=value lines, then Ctrl-D.');
    const { settings, secrets, mistakes } = readSettings(await readStdin(this.context.stdin, mostBytes));
    if (mistakes.length > 0)
      throw errors.E_SETTINGS_TEXT({
        site: args.site,
        problems: mistakes.map(({ line, problem }) => `line ${line}: ${problem}`),
      });
    return this.applyOrStore(args.site, { reason: 'configuration', settings, secrets }, flags);
  }
}
