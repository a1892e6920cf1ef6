import type { SettingKey } from '../../../core/index.ts';
import { deployFlag, text, waitFlag, wordsOf } from '../../arguments.ts';
import { ChangeCommand, type ChangeFacts } from '../../change-command.ts';
import { prose } from '../../prose.ts';
import { checkSettings, settingValues } from '../../setting-words.ts';
import { readStdin } from '../../stdin.ts';

/** A value and the newline after it; how long a value may be, the grammar says. */
const mostBytes = 200_000;

export default class ConfigSet extends ChangeCommand {
  static override remote = true;
  static override summary = 'Set settings of a site.';
  static override description = prose(`
    A running site gets a new release with them at once; if its new instances do not come up, nothing is stored.
    A value - is read from stdin, without its last newline: a secret then stays out of the process list and the shell's
    history. A value that begins with - is written in the second form, KEY=-value.

    With --json: { site, release, urls, steps, retiring, applied: true }, or { site, applied: false, because }.
  `);
  static override usage = 'config:set SITE/KEY VALUE | SITE KEY=VALUE…';
  static override examples = [
    '<%= config.bin %> config:set app/DATABASE_URL postgres://db.example.com/app',
    '<%= config.bin %> config:set app WORKERS=4 LOG_LEVEL=debug',
    '<%= config.bin %> config:set app/SSL_KEY - < key.pem',
  ];
  static override args = {
    target: text({ required: true, description: 'SITE/KEY, or SITE.' }),
    values: text({ multiple: true, description: 'The value; or, after SITE, KEY=VALUE once or more.' }),
  };
  static override flags = {
    deploy: deployFlag,
    wait: waitFlag,
  };

  async run(): Promise<ChangeFacts> {
    const { args, flags } = await this.parse(ConfigSet);
    const { site, values } = settingValues(args.target, wordsOf(args.values));
    const settings = await this.#withStdin(values);
    checkSettings(settings);
    return this.applyOrStore(site, { reason: 'configuration', settings }, flags);
  }

  async #withStdin(values: Readonly<Record<SettingKey, string>>): Promise<Record<SettingKey, string>> {
    const key = (Object.keys(values) as SettingKey[]).find((name) => values[name] === '-');
    if (key === undefined) return values;
    if (this.context.stdinIsTerminal) this.notice(`Type the value of ${key}, then Enter and Ctrl-D.`);
    return { ...values, [key]: (await readStdin(this.context.stdin, mostBytes)).replace(/\r?\n$/, '') };
  }
}
