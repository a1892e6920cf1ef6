import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import * as Args from '@oclif/core/args';
import { matchesSite, type SiteName, type SitePattern } from '../../core/index.ts';
import { siteFlag } from '../arguments.ts';
import { readArchive } from '../backup/archive.ts';
import { errors } from '../backup/errors.ts';
import { choose, type RestoreOutcome, restoreAll } from '../backup/restore.ts';
import { withWorkFolder } from '../backup/work-folder.ts';
import { ConvergenceCommand, type ConvergenceFacts } from '../convergence-command.ts';
import { errors as doorErrors } from '../door/errors.ts';
import { prose } from '../prose.ts';

interface RestoreFacts extends ConvergenceFacts {
  readonly sites: readonly {
    readonly site: SiteName;
    readonly did: 'restored' | 'there';
    /** The number of its current release here. */
    readonly release?: number;
  }[];
  readonly keys: readonly string[];
}

export default class Restore extends ConvergenceCommand {
  static override remote = true;
  static override summary = 'Bring sites back from a file of octo backup.';
  static override description = prose(`
    The whole file is checked before anything is written: where one of its sites cannot be restored (another site of
    that name is here, a domain is taken, a mount is not allowed), nothing is. Each site is then there whole, or not at
    all, with its releases and their numbers, and is brought up. A site that is here already stays as it is, so running
    it again finishes what was interrupted. A site whose image is neither in the file, nor here, nor in the registry is
    built anew from its commit, as one more release. The installation keeps its id, its other sites and its own keys.

    With --json: { sites: [{ site, did: "restored" | "there", release? }], keys: [name], actions: [{ site, did }],
    problems: [{ site, error }] }. The exit code is 1 where a restored site could not be brought up.
  `);
  static override examples = [
    '<%= config.bin %> restore /var/backups/octohost.tar.gz',
    '<%= config.bin %> restore octohost.tar.gz --site shop',
    'ssh git@HOST restore - < octohost.tar.gz',
  ];
  static override args = {
    file: Args.string({ ignoreStdin: true, required: true, description: 'The file to read; - is stdin.' }),
  };
  static override flags = {
    site: siteFlag({
      multiple: true,
      multipleNonGreedy: true,
      description: 'Only this site; a pattern means several. Once or more. Without access keys then.',
      helpValue: 'SITE',
    }),
  };

  async run(): Promise<RestoreFacts> {
    const { args, flags } = await this.parse(Restore);
    const { context } = this;
    const { file } = args;
    if (context.remote && file !== '-') throw doorErrors.E_DOOR_HOST({ what: 'a file' });
    if (file === '-' && context.stdinIsTerminal) throw errors.E_BACKUP_STDIN(undefined);
    context.requireRight('admin', undefined);
    const engine = await this.engine();
    const { signal } = this;
    const outcome = await withWorkFolder(engine.config.dataDir, async (folder) => {
      const input = file === '-' ? context.stdin : await openFile(resolve(file));
      const chosen = await choose(await readArchive(input, folder, signal), wantedBy(flags.site));
      const operation = this.operation(chosen.snapshot.sites.map(({ site }) => site));
      return restoreAll(engine, chosen, operation, (line) => this.notice(line));
    });
    this.#tell(outcome);
    const sites = outcome.restored.map(({ site, did, release }) => ({
      site,
      did,
      ...(release ? { release: release.number } : {}),
    }));
    const facts =
      outcome.problems.length + outcome.actions.length > 0 ? this.concludeConvergence(outcome) : {};
    return { sites, keys: outcome.keys, actions: [], problems: [], ...facts };
  }

  #tell({ restored, keys, keysLeft, actions }: RestoreOutcome): void {
    for (const { site, did, release } of restored) {
      const what = release ? `release ${release.number}` : 'settings alone';
      this.print(`${site}: ${did === 'restored' ? `restored, ${what}` : 'is here already'}`);
    }
    for (const name of keys) this.print(`key ${name}: let in`);
    for (const { name, because } of keysLeft) this.notice(`warning: the key ${name} stays out: ${because}`);
    const isDone = restored.every(({ did }) => did === 'there') && keys.length + actions.length === 0;
    if (isDone) this.print('Nothing to do.');
  }
}

async function openFile(file: string): Promise<Readable> {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw errors.E_BACKUP_FILE({ file, cause }, { cause });
  });
  return handle.createReadStream();
}

function wantedBy(patterns: readonly SitePattern[] | undefined): ((site: SiteName) => boolean) | undefined {
  return patterns && ((site) => patterns.some((pattern) => matchesSite(pattern, site)));
}
