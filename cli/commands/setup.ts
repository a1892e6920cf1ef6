import { readFile } from 'node:fs/promises';
import * as Flags from '@oclif/core/flags';
import { messageOf, parseDomain, parseKeyName } from '../../core/index.ts';
import { BaseCommand } from '../base-command.ts';
import { errors as doorErrors } from '../door/errors.ts';
import { parseKeyFile } from '../door/key-source.ts';
import { errors as cliErrors } from '../errors.ts';
import { prose } from '../prose.ts';
import { errors } from '../setup/errors.ts';
import type { Host } from '../setup/host.ts';
import { places } from '../setup/places.ts';
import type { Wanted } from '../setup/plan.ts';
import type { Step } from '../setup/step.ts';

interface SetupFacts {
  /** Sentences, in the order in which they are done. */
  readonly steps: readonly string[];
  /** Whether they were done. */
  readonly done: boolean;
  readonly remarks: readonly string[];
}

interface Plan {
  readonly steps: readonly Step[];
  readonly remarks: readonly string[];
}

export default class Setup extends BaseCommand {
  static override summary = 'Make this machine a server: packages, the user git, folders, units.';
  static override description = prose(`
    For a machine with Debian or Ubuntu, as root. Looks at what is there, says what is missing, asks, and does it: packages
    (Docker, nginx, git, openssh), this program's own Node.js, the command ${places.command}, the user git, ${places.config},
    the data folder, and where systemd runs the units of nginx, the boot and the agent. With --key the first
    administrator is let in. A second run does nothing; one that was cut off goes on.

    What is made is written down in ${places.folder}, and --undo takes it away again: not what sites keep, unless
    --data is given too, and not packages, which others may use by now.

    With --json: { steps: [sentence], done, remarks: [line] }.
  `);
  static override examples = [
    '<%= config.bin %> setup --dry-run',
    '<%= config.bin %> setup --domain apps.example.com --key ~/.ssh/id_ed25519.pub',
    '<%= config.bin %> setup --undo',
  ];
  static override usage =
    'setup [--domain DOMAIN] [--key FILE.pub [--name NAME]] [--dry-run | -y] | --undo [--data] [--dry-run | -y]';
  static override flags = {
    data: Flags.boolean({
      description: 'With --undo: remove all sites with their volumes, and the data folder.',
      dependsOn: ['undo'],
    }),
    domain: Flags.string({
      description: 'A site answers at <site>.DOMAIN.',
      helpValue: 'DOMAIN',
      default: 'localhost',
      exclusive: ['undo'],
    }),
    'dry-run': Flags.boolean({ description: 'Only show what would be done.', exclusive: ['yes'] }),
    key: Flags.string({
      description: 'Public key of the first administrator.',
      helpValue: 'FILE.pub',
      exclusive: ['undo'],
    }),
    name: Flags.string({
      description: 'The name of that key.',
      default: 'admin',
      helpValue: 'NAME',
    }),
    undo: Flags.boolean({ description: 'Take away what was made.' }),
    yes: Flags.boolean({ char: 'y', description: 'Do not ask.' }),
  };

  async run(): Promise<SetupFacts> {
    const { flags } = await this.parse(Setup);
    if (flags['config'] !== undefined)
      throw cliErrors.E_ARGUMENTS({ problem: `octo setup is about ${places.config}, and no other file.` });
    const { lookAtHost } = await import('../setup/look.ts');
    const host = await lookAtHost();
    const { steps, remarks } = flags.undo
      ? await this.#undoing(host, flags.data)
      : await this.#setting(host, await this.#wanted(flags));
    const sentences = steps.map(({ title }) => title);
    if (steps.length === 0) this.print(flags.undo ? 'Nothing to take away.' : 'Nothing to do.');
    else if (flags['dry-run'] || !flags.yes) for (const line of sentences) this.print(`- ${line}`);
    if (steps.length > 0 && !flags['dry-run']) {
      if (!flags.yes) await this.#confirm();
      const { carryOut } = await import('../setup/carry-out.ts');
      await carryOut(steps, { tell: ({ title }) => this.notice(`-----> ${title}`), signal: this.signal });
    }
    for (const line of remarks) this.notice(line);
    return { steps: sentences, done: !flags['dry-run'], remarks };
  }

  async #setting(host: Host, wanted: Wanted): Promise<Plan> {
    const { planSetup, problemsOf, remarksOf } = await import('../setup/plan.ts');
    const problems = problemsOf(host);
    if (problems.length > 0) throw errors.E_SETUP_BLOCKED({ problems });
    return { steps: planSetup(host, wanted), remarks: remarksOf(host, wanted) };
  }

  async #undoing(host: Host, data: boolean): Promise<Plan> {
    const { planUndo, undoRemarks } = await import('../setup/undo.ts');
    return { steps: planUndo(host, { data }), remarks: undoRemarks(host, { data }) };
  }

  async #wanted(flags: { domain: string; key: string | undefined; name: string }): Promise<Wanted> {
    const domainSuffix = parseDomain(flags.domain);
    if (flags.key === undefined) return { domainSuffix };
    const file = await readFile(flags.key).catch((cause: unknown) => {
      throw doorErrors.E_PUBLIC_KEY({ problem: `it cannot be read: ${messageOf(cause)}` }, { cause });
    });
    return { domainSuffix, key: { name: parseKeyName(flags.name), key: parseKeyFile(file) } };
  }

  async #confirm(): Promise<void> {
    const answer = await this.ask('Do this? (yes/no) ');
    if (answer !== undefined && /^y(es)?$/i.test(answer)) return;
    throw errors.E_SETUP_NOT_CONFIRMED({ asked: answer !== undefined });
  }
}
