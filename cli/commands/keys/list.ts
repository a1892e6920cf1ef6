import type { AccessKey } from '../../../core/index.ts';
import { BaseCommand } from '../../base-command.ts';
import { prose } from '../../prose.ts';
import { moment } from '../../render/text.ts';

export default class KeysList extends BaseCommand {
  static override remote = true;
  static override summary = 'List the ssh keys that may come in.';
  static override description = prose(`
    By name, with what each may do and with which sites.

    Of an authority it is the certificates for the principal of that name.

    With --json: { keys: [{ name, type, base64, comment, fingerprint, authority?, right, sites, addedAt, addedBy }] }.
  `);
  static override examples = ['<%= config.bin %> keys:list', '<%= config.bin %> keys:list --json'];

  async run(): Promise<{ keys: readonly AccessKey[] }> {
    await this.parse(KeysList);
    const engine = await this.engine();
    const keys = await engine.keys();
    if (keys.length > 0)
      this.printTable(['NAME', 'RIGHT', 'SITES', 'FINGERPRINT', 'ADDED (UTC)'], keys.map(rowOf));
    else this.notice('No key may come in yet. Let one in with: octo keys:add <name> < key.pub');
    return { keys };
  }
}

function rowOf({ name, right, sites, fingerprint, authority, addedAt }: AccessKey): string[] {
  const shown = authority ? `certificates of ${fingerprint}` : fingerprint;
  return [name, right, sites.join(' '), shown, moment(addedAt)];
}
