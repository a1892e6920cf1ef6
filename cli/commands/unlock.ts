import * as Flags from '@oclif/core/flags';
import type { Lock } from '../../core/index.ts';
import { text } from '../arguments.ts';
import { BaseCommand } from '../base-command.ts';
import { prose } from '../prose.ts';

export default class Unlock extends BaseCommand {
  static override remote = true;
  static override summary = 'Take a lock away from a holder that is gone or stuck.';
  static override description = prose(`
    A name as octo locks shows it, or a site, which means its own lock and that of its repository. Whoever loses its lock
    can change nothing any more: what it had begun does not become current, and octo converge cleans up after it. A holder
    that is plainly alive keeps it, unless --force is given; octo cancel stops a deploy in a better way.

    With --json: { freed: [{ name, purpose, pid, host, since, heardOf?, condition }] }.
  `);
  static override examples = ['<%= config.bin %> unlock app', '<%= config.bin %> unlock router/web1 --force'];
  static override args = {
    lock: text({ required: true, description: "A lock's or a site's name." }),
  };
  static override flags = {
    force: Flags.boolean({ description: 'Also where its holder is alive; that then fails.' }),
  };

  async run(): Promise<{ freed: readonly Lock[] }> {
    const { args, flags } = await this.parse(Unlock);
    const engine = await this.engine();
    const freed = await engine.unlock(args.lock, { force: flags.force });
    for (const { name, purpose, pid, host } of freed)
      this.print(`${name} is free: the ${purpose} (process ${pid} on ${host}) can change nothing any more.`);
    this.notice('What it had begun is cleaned up by: octo converge');
    return { freed };
  }
}
