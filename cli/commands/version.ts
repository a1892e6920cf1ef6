import { BaseCommand } from '../base-command.ts';
import { git } from '../door/git-process.ts';
import { readPackage } from '../program.ts';
import { prose } from '../prose.ts';
import { facts } from '../render/table.ts';

interface Versions {
  readonly octohost: string;
  readonly node: string;
  /** Absent where git is not installed. */
  readonly git?: string;
}

export default class Version extends BaseCommand {
  static override summary = 'Show the versions of octohost, Node.js and git.';
  static override description = prose(`
    Of this host. octo --version shows that of octohost alone, and loads nothing for it.

    With --json: { octohost, node, git? }; git is absent where it is not installed.
  `);
  static override examples = ['<%= config.bin %> version', '<%= config.bin %> version --json'];

  async run(): Promise<Versions> {
    await this.parse(Version);
    const version = await gitVersion();
    const versions = {
      octohost: readPackage().version,
      node: process.versions.node,
      ...(version === undefined ? {} : { git: version }),
    };
    for (const line of facts([
      ['octohost', versions.octohost],
      ['node', versions.node],
      ['git', version ?? 'not installed'],
    ]))
      this.print(line);
    return versions;
  }
}

async function gitVersion(): Promise<string | undefined> {
  try {
    // The version is told without any repository.
    const said = await git('/dev/null', ['--version']);
    return /\d+(?:\.\d+)+/.exec(said.toString())?.[0];
  } catch (error) {
    const { cause } = error as { cause?: NodeJS.ErrnoException };
    if (cause?.code === 'ENOENT') return undefined;
    throw error;
  }
}
