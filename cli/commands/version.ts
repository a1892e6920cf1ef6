import type { PartVersion } from '../../core/index.ts';
import { BaseCommand } from '../base-command.ts';
import { installedParts } from '../installed.ts';
import { readPackage } from '../program.ts';
import { prose } from '../prose.ts';
import { failureFacts } from '../render/failure.ts';
import { facts } from '../render/table.ts';

interface Versions {
  readonly octohost: string;
  readonly node: string;
  readonly parts: readonly PartVersion[];
}

export default class Version extends BaseCommand {
  static override summary = 'Show the versions of octohost and of all that it works with.';
  static override description = prose(`
    git and ssh of this host, and whatever the plugins of the configuration use: the Docker Engine, nginx, the store (Consul or
    the embedded one), the registry. A part that is not there, or does not answer, is told as such; the exit code is 0 all the
    same. octo --version shows the version of octohost alone, and loads nothing for it.

    With --json: { octohost, node, parts: [{ name, version } or { name, problem }] }.
  `);
  static override examples = ['<%= config.bin %> version', '<%= config.bin %> version --json'];

  async run(): Promise<Versions> {
    await this.parse(Version);
    const [installed, used] = await Promise.all([
      installedParts(this.context.environment),
      this.#usedParts(),
    ]);
    const versions = {
      octohost: readPackage().version,
      node: process.versions.node,
      parts: [...installed, ...used],
    };
    for (const line of facts([
      ['octohost', versions.octohost],
      ['node', versions.node],
      ...versions.parts.map((part) => [part.name, shown(part)] as const),
    ]))
      this.print(line);
    return versions;
  }

  /** Without a configuration that can be used there is nothing to ask. */
  async #usedParts(): Promise<readonly PartVersion[]> {
    try {
      return await (await this.engine()).parts(this.signal);
    } catch (error) {
      return [{ name: 'configuration', problem: failureFacts(error).message }];
    }
  }
}

function shown(part: PartVersion): string {
  return 'version' in part ? part.version : `not reachable: ${part.problem}`;
}
