import * as Flags from '@oclif/core/flags';
import { matchesSite, type SiteName } from '../../core/index.ts';
import { siteFlag } from '../arguments.ts';
import { type Audited, audited, brokenAt } from '../audit/entry.ts';
import { auditFile, readEntries } from '../audit/log.ts';
import { BaseCommand } from '../base-command.ts';
import { errors } from '../errors.ts';
import { prose } from '../prose.ts';
import { moment } from '../render/text.ts';

export default class Audit extends BaseCommand {
  static override summary = 'Show who changed what, and what was refused.';
  static override description = prose(`
    Each push and each command of this host that changed something or wanted to, the newest last; over ssh all that was
    refused, too. The log is in audit.db, in the folder of octohost's data, and only grows; values of settings are not in it.
    Each entry has the hash of the one before it: one that was changed or taken out is named, and the exit code is 1.
    Whoever keeps the last hash elsewhere sees also whether the end is still there.

    With --json: { entries: [{ number, at, endedAt?, actor, fingerprint?, door, command, sites, what, result, hash }] }; the
    result is begun (killed, or it still runs), done, or the code of an error.
  `);
  static override examples = [
    '<%= config.bin %> audit',
    "<%= config.bin %> audit --site 'shop-*' -n 200",
    '<%= config.bin %> audit --json',
  ];
  static override flags = {
    site: siteFlag({
      description: 'Only what was about this site; a pattern means several.',
      helpValue: 'SITE',
    }),
    lines: Flags.integer({
      char: 'n',
      min: 1,
      helpValue: 'LINES',
      description: 'How many of the last; 50, and all with --json.',
    }),
  };

  async run(): Promise<{ entries: readonly Audited[] }> {
    const { flags } = await this.parse(Audit);
    const { config } = await this.engine();
    const kept = await readEntries(config.dataDir);
    const { site } = flags;
    const all = audited(kept).filter(
      ({ sites }) => !site || sites.some((one) => one === '*' || matchesSite(site, one as SiteName)),
    );
    const entries = all.slice(-(flags.lines ?? (this.jsonEnabled() ? all.length : 50)) || all.length);
    if (entries.length > 0)
      this.printTable(['WHEN (UTC)', 'WHO', 'COMMAND', 'SITES', 'RESULT', 'WHAT'], entries.map(rowOf));
    else this.notice('Nothing is on record.');
    const broken = brokenAt(kept);
    if (broken !== undefined)
      throw errors.E_AUDIT_BROKEN({ file: auditFile(config.dataDir), number: broken });
    return { entries };
  }
}

function rowOf({ at, actor, fingerprint, command, sites, result, what }: Audited): string[] {
  const who = fingerprint ? `${actor} ${fingerprint}` : actor;
  return [moment(at), who, command, sites.join(' '), result, what.join('; ')];
}
