import type { KeyName } from '../../../core/index.ts';
import { keyArgument } from '../../arguments.ts';
import { BaseCommand } from '../../base-command.ts';
import { lockOut } from '../../door/keys.ts';
import { prose } from '../../prose.ts';

export default class KeysRemove extends BaseCommand {
  static override remote = true;
  static override summary = 'Lock an ssh key out.';
  static override description = prose(`
    It opens nothing any more from the next connection on.

    With --json: { name }.
  `);
  static override examples = ['<%= config.bin %> keys:remove alice'];
  static override args = { name: keyArgument };

  async run(): Promise<{ name: KeyName }> {
    const { args } = await this.parse(KeysRemove);
    const { name } = args;
    await lockOut(await this.engine(), name, this.operation([]));
    this.print(`The key ${name} opens nothing any more.`);
    return { name };
  }
}
