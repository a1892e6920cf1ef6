import { resolve } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../base-command.ts';
import { errors } from '../../dev/errors.ts';

export default class DevDown extends BaseCommand {
  static override summary = 'Take a private instance down; nothing of it stays.';
  static override examples = ['<%= config.bin %> dev:down --dir /tmp/try'];
  static override flags = {
    dir: Flags.string({ required: true, helpValue: 'DIR', description: 'Folder of the instance.' }),
  };

  async run(): Promise<{ dir: string }> {
    const { flags } = await this.parse(DevDown);
    const dir = resolve(flags.dir);
    const { bringDown, readRecord } = await import('../../dev/instance.ts');
    if (!(await readRecord(dir))) throw errors.E_DEV_NONE({ dir });
    await bringDown(dir, (line) => this.notice(line));
    this.print(`The private instance in ${dir} is gone.`);
    return { dir };
  }
}
