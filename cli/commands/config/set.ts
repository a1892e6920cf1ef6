import * as Flags from '@oclif/core/flags';
import { type SettingKey, type SiteName, shortestHidden } from '../../../core/index.ts';
import { deployFlag, text, waitFlag, wordsOf } from '../../arguments.ts';
import { ChangeCommand, type ChangeFacts } from '../../change-command.ts';
import { errors } from '../../errors.ts';
import { prose } from '../../prose.ts';
import { checkSettings, secretName, settingValues } from '../../setting-words.ts';
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

    With --secret the value is asked for, or read from stdin; it is kept encrypted, and hidden in whatever octo shows, where
    it has ${shortestHidden} characters or more. The setting is secret until it is removed.

    With --json: { site, release, urls, steps, retiring, applied: true }, or { site, applied: false, because }.
  `);
  static override usage = 'config:set SITE/KEY VALUE | SITE KEY=VALUE… | --secret SITE/KEY';
  static override examples = [
    '<%= config.bin %> config:set app/DATABASE_URL postgres://db.example.com/app',
    '<%= config.bin %> config:set app WORKERS=4 LOG_LEVEL=debug',
    '<%= config.bin %> config:set app/MOTD - < motd.txt',
    '<%= config.bin %> config:set --secret app/SSL_KEY < key.pem',
  ];
  static override args = {
    target: text({ required: true, description: 'SITE/KEY, or SITE.' }),
    values: text({ multiple: true, description: 'The value; or, after SITE, KEY=VALUE once or more.' }),
  };
  static override flags = {
    secret: Flags.boolean({ description: 'Keep the value secret; it comes on stdin, or is asked for.' }),
    deploy: deployFlag,
    wait: waitFlag,
  };

  async run(): Promise<ChangeFacts> {
    const { args, flags } = await this.parse(ConfigSet);
    if (flags.secret) return this.#setSecret(secretName(args.target, wordsOf(args.values)), flags);
    const { site, values } = settingValues(args.target, wordsOf(args.values));
    await this.#refuseSecretWords(site, values);
    const settings = await this.#withStdin(values);
    checkSettings(settings);
    return this.applyOrStore(site, { reason: 'configuration', settings }, flags);
  }

  async #setSecret(
    { site, key }: { readonly site: SiteName; readonly key: SettingKey },
    flags: Parameters<ChangeCommand['applyOrStore']>[2],
  ): Promise<ChangeFacts> {
    const value = this.context.stdinIsTerminal
      ? await this.askHidden(`The value of ${key}: `)
      : await this.#read();
    const settings = { [key]: value } as Record<SettingKey, string>;
    checkSettings(settings);
    if (value.length < shortestHidden)
      this.notice(`The value is kept encrypted; it is too short to be hidden where ${site} prints it.`);
    return this.applyOrStore(site, { reason: 'configuration', settings, secrets: [key] }, flags);
  }

  /** A secret stays one, so its next value does not come as a word either. */
  async #refuseSecretWords(site: SiteName, values: Readonly<Record<SettingKey, string>>): Promise<void> {
    const engine = await this.engine();
    const { secrets } = await engine.shownSettings(site);
    const key = secrets.find((name) => values[name] !== undefined && values[name] !== '-');
    if (key !== undefined) throw errors.E_SETTING_SECRET({ site, key, set: true });
  }

  async #read(): Promise<string> {
    return (await readStdin(this.context.stdin, mostBytes)).replace(/\r?\n$/, '');
  }

  async #withStdin(values: Readonly<Record<SettingKey, string>>): Promise<Record<SettingKey, string>> {
    const key = (Object.keys(values) as SettingKey[]).find((name) => values[name] === '-');
    if (key === undefined) return values;
    if (this.context.stdinIsTerminal) this.notice(`Type the value of ${key}, then Enter and Ctrl-D.`);
    return { ...values, [key]: await this.#read() };
  }
}
