import type { Release, SiteName } from '../../core/index.ts';
import { siteArgument } from '../arguments.ts';
import { BaseCommand } from '../base-command.ts';
import { prose } from '../prose.ts';
import { moment } from '../render/text.ts';

interface ReleasesFacts {
  readonly site: SiteName;
  /** Null before the first. */
  readonly current: number | null;
  readonly unstable: readonly number[];
  readonly releases: readonly Release[];
}

export default class Releases extends BaseCommand {
  static override remote = true;
  static override summary = "List a site's releases.";
  static override description = prose(`
    The newest first; the current one is marked with *. One is unstable where an instance ended by itself in the half
    minute after it became current.

    With --json: { site, current, unstable: [number], releases: [the records as they are stored, oldest first] }.
  `);
  static override examples = ['<%= config.bin %> releases app'];
  static override args = { site: siteArgument };

  async run(): Promise<ReleasesFacts> {
    const { args } = await this.parse(Releases);
    const { site } = args;
    const engine = await this.engine();
    const [releases, current, unstable] = await Promise.all([
      engine.releases(site),
      engine.current(site),
      engine.unstable(site),
    ]);
    // A site without a release may well exist; one that does not is an error.
    if (releases.length === 0) await engine.status(site);
    const rows = releases
      .toReversed()
      .map((release) => rowOf(release, current?.number, unstable.includes(release.number)));
    if (rows.length > 0)
      this.printTable(['RELEASE', 'MADE (UTC)', 'WHY', 'REVISION', 'INSTANCES', 'BY', 'MESSAGE'], rows);
    else this.notice(`The site ${site} has no release yet.`);
    return { site, current: current?.number ?? null, unstable, releases };
  }
}

function rowOf(release: Release, current: number | undefined, isUnstable: boolean): string[] {
  const { number, createdAt, reason, revision, count, actor, message = '', back } = release;
  const mark = `${number === current ? ' *' : ''}${isUnstable ? ' unstable' : ''}`;
  const why = back === undefined ? reason : `${reason} to ${back}`;
  const made = [moment(createdAt), why, revision?.slice(0, 10) ?? '-'];
  return [`${number}${mark}`, ...made, String(count), actor, message];
}
