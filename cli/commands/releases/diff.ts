import type { FactDiff, ReleaseDiff } from '../../../core/index.ts';
import { releaseArgument, siteArgument } from '../../arguments.ts';
import { BaseCommand } from '../../base-command.ts';
import { prose } from '../../prose.ts';
import { cleanLine } from '../../render/text.ts';

export default class ReleasesDiff extends BaseCommand {
  static override remote = true;
  static override summary = 'Show what differs between two releases.';
  static override description = prose(`
    Revision, image, domains, count, run and route options with their values; settings by their names alone, for values
    may be secret.

    With --json: { site, from, to, facts: [{ name, before?, after? }], settings?: { added, removed, changed } }.
  `);
  static override examples = ['<%= config.bin %> releases:diff app 11 12'];
  static override args = {
    site: siteArgument,
    from: releaseArgument('The number of one release.'),
    to: releaseArgument('The number of the other one.'),
  };

  async run(): Promise<ReleaseDiff> {
    const { args } = await this.parse(ReleasesDiff);
    const engine = await this.engine();
    const diff = await engine.diff(args.site, args.from, args.to);
    const rows = [...diff.facts.map(rowOf), ...settingRows(diff)];
    if (rows.length > 0) this.printTable(['WHAT', `RELEASE ${diff.from}`, `RELEASE ${diff.to}`], rows);
    else this.print(`Releases ${diff.from} and ${diff.to} of ${diff.site} have the same content.`);
    if (!diff.settings)
      this.notice('Their settings cannot be compared: those of one of them are no longer kept.');
    return diff;
  }
}

function rowOf({ name, before, after }: FactDiff): string[] {
  return [name, shown(before), shown(after)];
}

function shown(value: unknown): string {
  if (value === undefined) return '-';
  return cleanLine(typeof value === 'string' ? value : JSON.stringify(value));
}

function settingRows({ settings }: ReleaseDiff): string[][] {
  if (!settings) return [];
  return [
    ...settings.added.map((name) => [`setting ${name}`, '-', 'set']),
    ...settings.removed.map((name) => [`setting ${name}`, 'set', '-']),
    ...settings.changed.map((name) => [`setting ${name}`, 'set', 'set to another value']),
  ];
}
