/** What the commands share that take a folder, a tar or an image. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { Engine, Preview, SiteName, Source } from '../core/index.ts';
import { ChangeCommand } from './change-command.ts';
import { previewLines } from './render/preview.ts';
import { chooseSource, type NamedSource } from './sources/open-source.ts';

export const folderArgument = Args.string({
  ignoreStdin: true,
  description: 'The folder that holds the Dockerfile.',
});

export const sourceFlags = {
  tar: Flags.string({ description: 'A tar, plain or gzipped; - reads stdin.', helpValue: 'FILE' }),
  image: Flags.string({ description: 'An image that exists already.', helpValue: 'REFERENCE' }),
};

export abstract class SourceCommand extends ChangeCommand {
  /** Opens the engine and the source that the words name, and closes the source when the work is done. */
  protected async withSource<Result>(
    site: SiteName,
    named: NamedSource,
    work: (engine: Engine, source: Source) => Promise<Result>,
  ): Promise<Result> {
    const open = chooseSource(site, named, this.context);
    const engine = await this.engine();
    // Before anything is taken in.
    this.context.requireRight('deploy', site);
    const { source, close } = await open();
    try {
      return await work(engine, source);
    } finally {
      await close();
    }
  }

  /** Shows what a deploy would do; nothing is changed. */
  protected async showPlan(engine: Engine, site: SiteName, source: Source): Promise<Preview> {
    const preview = await engine.preview([{ site, source }], this.operation([site]));
    for (const line of previewLines(preview)) this.print(line);
    this.notice('This was the plan. Nothing was changed.');
    return preview;
  }
}
