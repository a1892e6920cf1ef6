import type { Preview } from '../../core/index.ts';
import { siteArgument } from '../arguments.ts';
import { prose } from '../prose.ts';
import { folderArgument, SourceCommand, sourceFlags } from '../source-command.ts';

export default class Plan extends SourceCommand {
  static override remote = true;
  static override summary = 'Show what a deploy would do, and do nothing.';
  static override description = prose(`
    The same as deploy --dry-run, and of a push git push -o plan: what would be built, which instances would be kept, started
    and ended, names of the environment, options, services, domains, and the lines that would change in the router's
    configuration. What a deploy refuses before its build is refused here too. What the image EXPOSEs is known after a build
    only; new instances stand with the addresses that they would get now; the router itself tests nothing.

    With --json: { sites: [{ site, release, current?, takesFrom?, builds?, exposes, instances, environment, options, services,
    domains, gained, lost }], router: [line] }.
  `);
  static override examples = [
    '<%= config.bin %> plan app .',
    'git archive HEAD | <%= config.bin %> plan app --tar -',
    '<%= config.bin %> plan app --image registry.example.com/app:1.4',
  ];
  static override args = { site: siteArgument, folder: folderArgument };
  static override flags = sourceFlags;

  async run(): Promise<Preview> {
    const { args, flags } = await this.parse(Plan);
    const { site } = args;
    return this.withSource(site, { folder: args.folder, ...flags }, (engine, source) =>
      this.showPlan(engine, site, source),
    );
  }
}
