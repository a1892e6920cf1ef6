/** What the commands share that bring something to another host. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { SiteName } from '../core/index.ts';
import { siteFlag } from './arguments.ts';
import { BaseCommand } from './base-command.ts';
import { errors } from './errors.ts';
import type { Address } from './move/host.ts';
import { type FailureFacts, failureFacts, failureLines } from './render/failure.ts';

export const moveArgs = {
  host: Args.string({ ignoreStdin: true, required: true, description: 'The other host, as ssh knows it.' }),
  user: Args.string({ ignoreStdin: true, default: 'git', description: 'The user of octohost there.' }),
};

export const moveFlags = {
  site: siteFlag({
    multiple: true,
    multipleNonGreedy: true,
    description: 'Only this site; a pattern means several. Once or more; all sites where it is left out.',
    helpValue: 'SITE',
  }),
  port: Flags.integer({
    char: 'p',
    min: 1,
    max: 65_535,
    helpValue: 'PORT',
    description: 'The port of its sshd.',
  }),
  identity: Flags.string({ char: 'i', helpValue: 'FILE', description: 'The private key to go with.' }),
  'ssh-config': Flags.string({
    char: 'F',
    helpValue: 'FILE',
    description: "A file in the place of ssh's own configuration.",
  }),
};

/** What one site cannot have done, and another one may. */
const siteErrors: ReadonlySet<string> = new Set(['E_MOVE_REFUSED', 'E_MOVE_NOT_UP']);

interface Words {
  readonly args: { readonly host: string; readonly user: string };
  readonly flags: {
    readonly port?: number | undefined;
    readonly identity?: string | undefined;
    readonly 'ssh-config'?: string | undefined;
  };
}

/** One site, and what became of it. */
export interface Moved<Did extends string> {
  readonly site: SiteName;
  readonly did: Did;
}

export interface MoveFacts<Did extends string> {
  readonly host: string;
  readonly sites: readonly Moved<Did>[];
  readonly problems: readonly { readonly site: SiteName; readonly error: FailureFacts }[];
}

export abstract class MoveCommand extends BaseCommand {
  protected addressOf({
    args: { host, user },
    flags: { port, identity, 'ssh-config': sshConfig },
  }: Words): Address {
    return {
      host,
      user,
      ...(port === undefined ? {} : { port }),
      ...(identity === undefined ? {} : { identity }),
      ...(sshConfig === undefined ? {} : { sshConfig }),
    };
  }

  /** Each site by itself, one after the other; what one cannot have done stops no other, but for a host that is lost. */
  protected async eachSite<Did extends string>(
    host: string,
    sites: readonly SiteName[],
    work: (site: SiteName) => Promise<Did>,
  ): Promise<MoveFacts<Did>> {
    const moved: Moved<Did>[] = [];
    const problems: { site: SiteName; error: FailureFacts }[] = [];
    for (const site of sites) {
      try {
        const did = await work(site);
        moved.push({ site, did });
        this.print(`${site}: ${did}`);
      } catch (error) {
        const facts = failureFacts(error);
        if (!siteErrors.has(facts.code)) throw error;
        problems.push({ site, error: facts });
        if (!this.jsonEnabled()) for (const line of failureLines(error)) this.notice(line);
      }
    }
    if (sites.length === 0) this.print('There is no site to move.');
    if (problems.length > 0 && !this.jsonEnabled())
      throw errors.E_MOVE({ host, sites: problems.map(({ site }) => site) });
    if (problems.length > 0) this.context.setExitCode(1);
    return { host, sites: moved, problems };
  }
}
