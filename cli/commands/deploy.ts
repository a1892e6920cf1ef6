import * as Flags from '@oclif/core/flags';
import type { Preview } from '../../core/index.ts';
import { siteArgument, waitFlag } from '../arguments.ts';
import { prose } from '../prose.ts';
import type { OutcomeFacts } from '../render/outcome.ts';
import type { Warning } from '../render/quiet.ts';
import { folderArgument, SourceCommand, sourceFlags } from '../source-command.ts';

export default class Deploy extends SourceCommand {
  static override remote = true;
  static override summary = 'Deploy a folder, a tar or a ready image.';
  static override description = prose(`
    The new release is built, started and checked before anything visible changes; if one of
    these fails, the old release serves on and the exit code says so.

    With --json: { site, release, urls, steps: [{ step, milliseconds }], retiring, warnings: [{ site, text }] }; with
    --dry-run as plan.
  `);
  static override examples = [
    '<%= config.bin %> deploy app .',
    {
      description: 'What is committed, and nothing else.',
      command: 'git archive HEAD | <%= config.bin %> deploy app --tar -',
    },
    '<%= config.bin %> deploy app --image registry.example.com/app:1.4',
  ];
  static override args = { site: siteArgument, folder: folderArgument };
  static override flags = {
    ...sourceFlags,
    wait: waitFlag,
    'dry-run': Flags.boolean({ description: 'Show what would be done, as plan does, and do nothing.' }),
  };

  async run(): Promise<(OutcomeFacts & { warnings: readonly Warning[] }) | Preview> {
    const { args, flags } = await this.parse(Deploy);
    const { site } = args;
    return this.withSource(site, { folder: args.folder, ...flags }, async (engine, source) => {
      if (flags['dry-run']) return this.showPlan(engine, site, source);
      const facts = await this.deploySource(site, source, flags.wait);
      return { ...facts, warnings: this.warnings };
    });
  }
}
