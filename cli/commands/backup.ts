import { resolve } from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { SiteName } from '../../core/index.ts';
import { siteFlag } from '../arguments.ts';
import { writeArchive, writeArchiveFile } from '../backup/archive.ts';
import { errors } from '../backup/errors.ts';
import { type Gathered, gather } from '../backup/take.ts';
import { withWorkFolder } from '../backup/work-folder.ts';
import { BaseCommand } from '../base-command.ts';
import { chosenSites } from '../chosen-sites.ts';
import { errors as doorErrors } from '../door/errors.ts';
import { prose } from '../prose.ts';

interface BackupFacts {
  readonly file: string;
  readonly sites: readonly SiteName[];
  readonly repositories: readonly string[];
  /** Names of access keys. */
  readonly keys: readonly string[];
  readonly images: boolean;
  readonly secrets: boolean;
  readonly entries: Gathered['manifest']['entries'];
  /** What could not be read and is not in it. */
  readonly damaged: readonly string[];
}

export default class Backup extends BaseCommand {
  static override remote = true;
  static override summary = 'Write sites with all that makes them into one file.';
  static override description = prose(`
    Releases, settings, domains, certificates, services by hand and repositories, as they were at one moment; of all sites
    the access keys, too. Nothing has to stand still for it. The file is for its owner alone: keys of certificates and all
    settings are in it, and can be read there. Secrets are in it as this host has sealed them, and can be restored only
    where its file secrets.key is; with --with-secrets they can be restored anywhere, and whoever has the file can read
    them. With --images the images of releases that can be gone back to are in it: without, a site is built anew from its
    commit where it is restored, or fetched from the registry. Data in volumes is not in it.

    FILE is octohost-<time>.tar.gz in this folder where it is left out; - is stdout. Over ssh it can only be that.

    With --json: { file, sites: [name], repositories: [name], keys: [name], images, secrets,
    entries: [{ name, bytes, sha256 }], damaged: [what] }. The exit code is 1 where something could not be read.
  `);
  static override examples = [
    '<%= config.bin %> backup /var/backups/octohost.tar.gz --images',
    "<%= config.bin %> backup --site 'shop-*' --with-secrets shop.tar.gz",
    'ssh git@HOST backup - > octohost.tar.gz',
  ];
  static override args = {
    file: Args.string({ ignoreStdin: true, description: 'The file to write; - is stdout.' }),
  };
  static override flags = {
    site: siteFlag({
      multiple: true,
      multipleNonGreedy: true,
      description: 'Only this site; a pattern means several. Once or more.',
      helpValue: 'SITE',
    }),
    images: Flags.boolean({ description: 'With the images.' }),
    'with-secrets': Flags.boolean({ description: 'With what opens the secrets in it.' }),
  };

  async run(): Promise<BackupFacts> {
    const { args, flags } = await this.parse(Backup);
    const { context } = this;
    const file = args.file ?? `octohost-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}.tar.gz`;
    if (context.remote && file !== '-') throw doorErrors.E_DOOR_HOST({ what: 'a file' });
    if (file === '-' && (context.stdout.isTerminal || this.jsonEnabled()))
      throw errors.E_BACKUP_STDOUT(undefined);
    context.requireRight('admin', undefined);
    const engine = await this.engine();
    const sites = flags.site && (await chosenSites(engine, flags.site));
    const wanted = { sites, secrets: flags['with-secrets'], images: flags.images };
    const { signal } = this;
    return withWorkFolder(engine.config.dataDir, async (folder) => {
      const tell = (line: string) => this.notice(line);
      const gathered = await gather(engine, wanted, folder, { signal, tell });
      const { manifest, parts, taken, damaged } = gathered;
      if (file === '-') await writeArchive(manifest, parts, context.stdoutBytes, signal);
      else await writeArchiveFile(manifest, parts, resolve(file), signal);
      if (damaged.length > 0) context.setExitCode(1);
      this.#tell(file, gathered, wanted.secrets);
      return {
        file,
        sites: taken.sites.map(({ site }) => site),
        repositories: Object.keys(manifest.repositories),
        keys: taken.keys.map(({ name }) => name),
        images: wanted.images,
        secrets: wanted.secrets,
        entries: manifest.entries,
        damaged,
      };
    });
  }

  /** To stderr where stdout is the backup itself. */
  #tell(file: string, { taken, manifest, damaged }: Gathered, secrets: boolean): void {
    const counts = [
      `${taken.sites.length} sites`,
      `${Object.keys(manifest.repositories).length} repositories`,
      `${taken.keys.length} keys`,
    ].join(', ');
    if (file === '-') this.notice(`Written: ${counts}.`);
    else this.print(`${file}: ${counts}.`);
    for (const what of damaged) this.notice(`warning: ${what}`);
    if (secrets || taken.withSecrets.length === 0) return;
    this.notice(
      `warning: the secrets of ${taken.withSecrets.join(', ')} can only be restored where this host's secrets.key is; octo backup --with-secrets takes them along`,
    );
  }
}
