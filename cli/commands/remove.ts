import { rm } from 'node:fs/promises';
import * as Flags from '@oclif/core/flags';
import { isOctohostError, type SiteName } from '../../core/index.ts';
import { siteArgument } from '../arguments.ts';
import { BaseCommand } from '../base-command.ts';
import { logFolder } from '../deploy-log/place.ts';
import { forgetSite } from '../door/repository.ts';
import { errors } from '../errors.ts';
import { prose } from '../prose.ts';

interface RemoveFacts {
  readonly site: SiteName;
  /** Names of the volumes that went with it. */
  readonly removedVolumes: readonly string[];
  /** Names of the volumes that stay. */
  readonly keptVolumes: readonly string[];
}

export default class Remove extends BaseCommand {
  static override remote = true;
  static override summary = 'Remove a site with its configuration and releases.';
  static override description = prose(`
    Its volumes stay, unless --volumes is given. Asks for the site's name first; where there is no terminal, --yes is
    needed.

    With --json: { site, removedVolumes: [name], keptVolumes: [name] }.
  `);
  static override examples = ['<%= config.bin %> remove app', '<%= config.bin %> remove app --volumes --yes'];
  static override args = { site: siteArgument };
  static override flags = {
    volumes: Flags.boolean({ description: 'Remove its volumes too: their data is lost.' }),
    yes: Flags.boolean({ char: 'y', description: 'Do not ask.' }),
  };

  async run(): Promise<RemoveFacts> {
    const { args, flags } = await this.parse(Remove);
    const { site } = args;
    const engine = await this.engine();
    if (!flags.yes) await this.#confirm(site, flags.volumes ? await engine.volumes(site) : []);
    const operation = this.operation([site]);
    const repository = (await engine.current(site))?.origin?.repository ?? site;
    const { dataDir } = engine.config;
    const forget = async () => {
      await forgetSite(dataDir, site);
      await rm(logFolder(dataDir, site), { recursive: true, force: true });
    };
    // A push to its repository comes before or after: it finds all of it or nothing, and loses nothing to it.
    const removedVolumes = await engine.exclusively(repository, operation, async () => {
      try {
        const volumes = await engine.remove(site, { volumes: flags.volumes }, operation);
        await forget();
        return volumes;
      } catch (error) {
        // A removal that was killed left the branches: the next push of them would find nothing to do.
        if (isOctohostError(error) && error.code === 'E_SITE_UNKNOWN') await forget();
        throw error;
      }
    });
    const keptVolumes = await engine.volumes(site);
    this.print(`${site} is removed.`);
    if (removedVolumes.length > 0) this.print(`Volumes that went with it: ${removedVolumes.join(', ')}`);
    if (keptVolumes.length > 0) {
      this.print(
        `Its data stays in ${keptVolumes.join(', ')}. To remove that too: octo remove ${site} --volumes`,
      );
    }
    return { site, removedVolumes, keptVolumes };
  }

  async #confirm(site: SiteName, lost: readonly string[]): Promise<void> {
    const loss = lost.length > 0 ? `The data in ${lost.join(', ')} will be lost.\n` : '';
    const answer = await this.ask(`${loss}Type the name of the site to remove it (${site}): `);
    if (answer !== site) throw errors.E_NOT_CONFIRMED({ site, asked: answer !== undefined });
  }
}
