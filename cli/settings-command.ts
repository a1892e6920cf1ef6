/** What the commands share that show settings. */
import type { Settings, ShownSettings, SiteName } from '../core/index.ts';
import { BaseCommand } from './base-command.ts';

export abstract class SettingsCommand extends BaseCommand {
  /**
   * The settings of a site by name; secrets by value only where they are asked for. Throws E_SITE_UNKNOWN.
   * @param open true: with the values of secrets
   */
  protected async shownSettings(site: SiteName, open: boolean): Promise<ShownSettings> {
    const engine = await this.engine();
    const { settings, secrets } = await engine.shownSettings(site);
    // A site without settings may well exist; one that does not is an error.
    if (Object.keys(settings).length + secrets.length === 0) await engine.status(site);
    return { settings: sorted(open ? await engine.settings(site) : settings), secrets: secrets.toSorted() };
  }

  /** For what has no form for a name without a value. */
  protected noteSecrets(settings: Settings, secrets: readonly (keyof Settings)[]): void {
    const left = secrets.filter((key) => !(key in settings));
    if (left.length > 0)
      this.notice(`Left out, for they are secret (--secrets shows them): ${left.join(', ')}`);
  }
}

function sorted(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).toSorted(([a], [b]) => (a < b ? -1 : 1))) as Settings;
}
