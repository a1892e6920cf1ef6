import * as Flags from '@oclif/core/flags';
import { type Copied, copyBetween } from '../../../core/index.ts';
import { BaseCommand } from '../../base-command.ts';
import { processFacts } from '../../open-engine.ts';
import { prose } from '../../prose.ts';
import { atPlace, isStatePlace } from '../../state-place.ts';

export default class StoreCopy extends BaseCommand {
  static override summary = 'Copy an installation from one store and catalog to others: to Consul, or back.';
  static override description = prose(`
    Each side is a word, embedded or consul, or a configuration file. A word means the installation's own configuration
    with its state in that place: with the options that stand there, or with the plugin's defaults (--address and the
    variable OCTO_CONSUL_TOKEN for Consul). A file is a copy of the configuration with another store and registrar in its
    plugins list. The target becomes what the source is: settings, releases, keys and services, with the id of the
    installation. It is refused where somebody works in the source, and where the target is another installation's. Settings that only the target
    has stay, and are named; so are values that are no text, which are not copied.
    Running it again writes only what differs.

    With --json: { written, deleted, registered, deregistered, left: [key], unusable: [key] }.
  `);
  static override examples = [
    '<%= config.bin %> store:copy --from embedded --to consul --address http://127.0.0.1:8500',
    '<%= config.bin %> store:copy --from /etc/octohost/octohost.config.ts --to /etc/octohost/consul.config.ts',
  ];
  static override flags = {
    from: Flags.string({
      required: true,
      helpValue: 'PLACE',
      description: 'Where it is: embedded, consul or a file.',
    }),
    to: Flags.string({
      required: true,
      helpValue: 'PLACE',
      description: 'Where it goes: embedded, consul or a file.',
    }),
    address: Flags.string({
      helpValue: 'URL',
      description: "Consul's agent, where the configuration has no consul() of its own.",
    }),
  };

  async run(): Promise<Copied> {
    const { flags } = await this.parse(StoreCopy);
    const { environment } = this.context;
    const options = async (side: string) => {
      const config = isStatePlace(side)
        ? await atPlace(await this.loadConfig(), side, flags.address ? { address: flags.address } : {})
        : await this.context.loadConfig(side);
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
    for (const key of copied.unusable) this.notice(`${key} was not copied: its value is no text`);
    this.print(`${flags.to} has all that ${flags.from} has.`);
    if (isStatePlace(flags.to))
      this.print(`Once ${(await this.loadConfig()).file} names it in its plugins: octo converge`);
    return copied;
  }
}
