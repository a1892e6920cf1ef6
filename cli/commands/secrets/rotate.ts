import type { Rotation } from '../../../core/index.ts';
import { BaseCommand } from '../../base-command.ts';
import { prose } from '../../prose.ts';

export default class SecretsRotate extends BaseCommand {
  static override summary = 'Encrypt all secrets with another key.';
  static override description = prose(`
    Makes another key in secrets.key, in the folder of octohost's data, and encrypts all secret settings of all sites with
    it, those that releases keep included; nothing is restarted. The key of before stays in the file until the next
    rotation, for a process that has just read it. Cut off half-way it does no harm: run it again. Where several hosts have
    one store, copy the file to the others afterwards.

    With --json: { key, sealed, left: [key of the store] }.
  `);
  static override examples = ['<%= config.bin %> secrets:rotate'];

  async run(): Promise<Rotation> {
    await this.parse(SecretsRotate);
    const engine = await this.engine();
    const rotation = await engine.rotateSecrets(this.operation([]));
    this.print(`${rotation.sealed} values were encrypted with the new key ${rotation.key}.`);
    for (const key of rotation.left)
      this.notice(`${key} cannot be opened with the keys of this host, and stays as it is.`);
    return rotation;
  }
}
