import type { Engine, SettingKey, SiteName } from '../../../core/index.ts';
import { siteArgument } from '../../arguments.ts';
import { BaseCommand } from '../../base-command.ts';
import { prose } from '../../prose.ts';
import { problemOf } from '../../settings-text/entries.ts';
import { exportCommands } from '../../settings-text/shell.ts';

export default class ConfigExport extends BaseCommand {
  static override remote = true;
  static override summary = "Show a site's settings as octo config:set lines.";
  static override description = prose(`
    A shell that reads them sets every setting again, whatever stands in it, in one release. Of DOMAINS only what was
    set is in it: the default domain and those of the CNAME file come by themselves. Mind where you keep it: settings
    may be secrets.

    With --json: { site, settings: { KEY: value } }, of the same settings.
  `);
  static override examples = [
    '<%= config.bin %> config:export app > app.settings',
    'sh app.settings',
    '<%= config.bin %> config:export app | <%= config.bin %> config:import other',
  ];
  static override args = { site: siteArgument };

  async run(): Promise<{ site: SiteName; settings: Readonly<Record<SettingKey, string>> }> {
    const { args } = await this.parse(ConfigExport);
    const all = await exported(await this.engine(), args.site);
    const settings = all.filter(([key, value]) => {
      const problem = problemOf(key, value);
      if (problem !== undefined) this.notice(`Left out, for config:set would not take it: ${problem}`);
      return problem === undefined;
    });
    for (const command of exportCommands(args.site, settings)) this.print(command);
    return { site: args.site, settings: Object.fromEntries(settings) as Record<SettingKey, string> };
  }
}

/** By name; DOMAINS without what is there anyway. */
async function exported(engine: Engine, site: SiteName): Promise<[key: string, value: string][]> {
  const domains = await engine.domains(site);
  const own = domains.filter(({ origin }) => origin === 'domains:set').map(({ domain }) => domain);
  const { DOMAINS: _, ...others } = (await engine.settings(site)) as Record<string, string>;
  const all = own.length > 0 ? { ...others, DOMAINS: own.join(' ') } : others;
  return Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
