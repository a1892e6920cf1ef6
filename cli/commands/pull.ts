import * as Flags from '@oclif/core/flags';
import type { SiteName } from '../../core/index.ts';
import { siteArgument, text, waitFlag } from '../arguments.ts';
import { ChangeCommand } from '../change-command.ts';
import { prose } from '../prose.ts';
import type { OutcomeFacts } from '../render/outcome.ts';

interface Pulled {
  readonly site: SiteName;
  /** By digest. */
  readonly reference: string;
  /** What became current; absent without --deploy. */
  readonly deployed?: OutcomeFacts;
}

export default class Pull extends ChangeCommand {
  static override remote = true;
  static override summary = "Fetch a site's image from the registry.";
  static override description = prose(`
    What was published last, or what a tag (the number of a release), a digest or a whole reference names. The site need
    not be known here: so it comes over from another machine. Says what came and how to deploy it; --deploy does that.

    With --json: { site, reference, deployed?: { site, release, urls, steps, retiring } }.
  `);
  static override examples = [
    '<%= config.bin %> pull app',
    '<%= config.bin %> pull app 12 --deploy',
    '<%= config.bin %> pull app registry.example.com/app:12',
  ];
  static override args = {
    site: siteArgument,
    reference: text({ description: 'A tag, a digest or a whole reference; latest where it is left out.' }),
  };
  static override flags = {
    deploy: Flags.boolean({ description: 'Make it the new release.' }),
    wait: waitFlag,
  };

  async run(): Promise<Pulled> {
    const { args, flags } = await this.parse(Pull);
    const { site } = args;
    const engine = await this.engine();
    const reference = await engine.pull(site, args.reference, this.operation([site]));
    this.print(`${site} is here as ${reference}`);
    if (flags.deploy)
      return {
        site,
        reference,
        deployed: await this.deploySource(site, { kind: 'image', reference }, flags.wait),
      };
    this.print(`To run it: octo deploy ${site} --image ${reference}`);
    return { site, reference };
  }
}
