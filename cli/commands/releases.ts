import type { ReleaseStatus, SiteName } from '../../core/index.ts';
import { siteArgument } from '../arguments.ts';
import { BaseCommand } from '../base-command.ts';
import { prose } from '../prose.ts';
import { moment } from '../render/text.ts';

export default class Releases extends BaseCommand {
  static override remote = true;
  static override summary = "List a site's releases.";
  static override description = prose(`
    The newest first; the current one is marked with *. STATE says where the registry does not have it yet, that it is
    unstable (an instance ended by itself in the half minute after the switch), and where its image is gone: such a
    release is history, and cannot be gone back to.

    With --json: { site, current, releases: [the stored records, with current, unpublished, unstable and gone, oldest
    first] }.
  `);
  static override examples = ['<%= config.bin %> releases app'];
  static override args = { site: siteArgument };

  async run(): Promise<{ site: SiteName; current: number | null; releases: readonly ReleaseStatus[] }> {
    const { args } = await this.parse(Releases);
    const { site } = args;
    const engine = await this.engine();
    const releases = await engine.releases(site);
    // A site without a release may well exist; one that does not is an error.
    if (releases.length === 0) await engine.status(site);
    const rows = releases.toReversed().map(rowOf);
    if (rows.length > 0)
      this.printTable(
        ['RELEASE', 'MADE (UTC)', 'WHY', 'REVISION', 'INSTANCES', 'STATE', 'BY', 'MESSAGE'],
        rows,
      );
    else this.notice(`The site ${site} has no release yet.`);
    return { site, current: releases.find(({ current }) => current)?.number ?? null, releases };
  }
}

function rowOf(release: ReleaseStatus): string[] {
  const { number, createdAt, reason, revision, count, actor, message = '', back } = release;
  const mark = release.current ? ' *' : '';
  const why = back === undefined ? reason : `${reason} to ${back}`;
  const made = [moment(createdAt), why, revision?.slice(0, 10) ?? '-'];
  return [`${number}${mark}`, ...made, String(count), stateOf(release), actor, message];
}

function stateOf({ unpublished, unstable, gone }: ReleaseStatus): string {
  const states = [
    ...(unstable ? ['unstable'] : []),
    ...(unpublished ? ['not published'] : []),
    ...(gone ? ['image gone'] : []),
  ];
  return states.join(', ') || '-';
}
