import * as Flags from '@oclif/core/flags';
import { type Copied, copyBetween } from '../../../core/index.ts';
import { BaseCommand } from '../../base-command.ts';
import { processFacts } from '../../open-engine.ts';
import { prose } from '../../prose.ts';

export default class StoreCopy extends BaseCommand {
  static override summary = 'Copy an installation from one store and catalog to others: to Consul, or back.';
  static override description = prose(`
    Each side is a configuration file: that of the installation, and a copy of it with the other store and registrar in
    its plugins list. The target becomes what the source is: settings, releases, keys and services, with the id of the
    installation. It is refused where somebody works in the source, and where the target is another installation's. Settings that only the target
    has stay, and are named.
    Running it again writes only what differs.

    With --json: { written, deleted, registered, deregistered, left: [key] }.
  `);
  static override examples = [
    '<%= config.bin %> store:copy --from /etc/octohost/octohost.config.ts --to /etc/octohost/consul.config.ts',
  ];
  static override flags = {
    from: Flags.string({ required: true, helpValue: 'FILE', description: 'Configuration of what there is.' }),
    to: Flags.string({ required: true, helpValue: 'FILE', description: 'Configuration of what it becomes.' }),
  };

  async run(): Promise<Copied> {
    const { flags } = await this.parse(StoreCopy);
    const { environment } = this.context;
    const options = async (file: string) => {
      const config = await this.context.loadConfig(file);
      return { config, environment, process: processFacts() };
    };
    const [from, to] = [await options(flags.from), await options(flags.to)];
    await this.recordAct(to.config.dataDir, { sites: ['*'], what: `copy ${flags.from} to ${flags.to}` });
    const copied = await copyBetween(from, to);
    const { written, deleted, registered, deregistered } = copied;
    this.print(
      `${written} keys written, ${deleted} deleted; ${registered} services registered, ${deregistered} deregistered.`,
    );
    for (const key of copied.left) this.notice(`${key} is only in the target, and stays there`);
    this.print(`${flags.to} has all that ${flags.from} has.`);
    return copied;
  }
}
