import type { Engine, SiteName } from '../../../core/index.ts';
import { chosenSites } from '../../chosen-sites.ts';
import { errors } from '../../move/errors.ts';
import { ask } from '../../move/host.ts';
import { MoveCommand, type MoveFacts, moveArgs, moveFlags } from '../../move-command.ts';
import { prose } from '../../prose.ts';
import { exportedSettings } from '../../settings-text/exported.ts';
import { exportCommands } from '../../settings-text/shell.ts';

type Did = 'stored there' | 'has no settings';

export default class MoveConfig extends MoveCommand {
  static override summary = 'Bring the settings of sites to another host, for their next release there.';
  static override description = prose(`
    Over ssh, by a key that may deploy the sites there. All settings of a site are stored there, or none: secrets stay
    secret and are sealed with the other host's key. Settings that only the other host has stay. Nothing starts by it,
    there or here; running it again stores the same. To bring sites with their releases: octo move:sites.

    With --json: { host, sites: [{ site, did }], problems: [{ site, error }] }. The exit code is 1 where the host did not
    take the settings of a site.
  `);
  static override examples = [
    '<%= config.bin %> move:config new.example.com',
    '<%= config.bin %> move:config new.example.com git --site shop',
  ];
  static override args = moveArgs;
  static override flags = moveFlags;

  async run(): Promise<MoveFacts<Did>> {
    const words = await this.parse(MoveConfig);
    const address = this.addressOf(words);
    const engine = await this.engine();
    const { signal } = this;
    return this.eachSite(
      address.host,
      await chosenSites(engine, words.flags.site),
      async (site): Promise<Did> => {
        const text = await textOf(engine, site);
        if (text === '') return 'has no settings';
        const { code, lines } = await ask(address, ['config:import', site, '--no-deploy'], {
          signal,
          feed: async (input) => void input.write(text),
        });
        if (code !== 0) throw errors.E_MOVE_REFUSED({ host: address.host, site, lines });
        return 'stored there';
      },
    );
  }
}

/** As config:import reads it; empty for no settings. */
async function textOf(engine: Engine, site: SiteName): Promise<string> {
  const { secrets } = await engine.shownSettings(site);
  const settings = await exportedSettings(engine, site, await engine.settings(site));
  return exportCommands(site, settings, secrets)
    .map((line) => `${line}\n`)
    .join('');
}
