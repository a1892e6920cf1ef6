import type { Lock } from '../../core/index.ts';
import { BaseCommand } from '../base-command.ts';
import { prose } from '../prose.ts';
import { moment } from '../render/text.ts';

export default class Locks extends BaseCommand {
  static override remote = true;
  static override summary = 'Show who works on what.';
  static override description = prose(`
    Every operation holds a lock while it works: on its site (site/app), its repository (door/app), the routes of a host
    (router/<host>), a place for a build (builds/<host>/1) or the keys. A holder whose process is gone, or that has been
    silent for 15 seconds, holds no more: whoever wants the lock takes it.

    With --json: { locks: [{ name, purpose, pid, host, since, heardOf?, condition }] }; the condition is alive, silent or
    gone.
  `);
  static override examples = ['<%= config.bin %> locks', '<%= config.bin %> locks --json'];

  async run(): Promise<{ locks: readonly Lock[] }> {
    await this.parse(Locks);
    const engine = await this.engine();
    const locks = await engine.locks();
    if (locks.length > 0)
      this.printTable(['LOCK', 'FOR', 'SINCE (UTC)', 'PROCESS', 'HOST', 'CONDITION'], locks.map(rowOf));
    else this.notice('Nothing is locked.');
    return { locks };
  }
}

function rowOf({ name, purpose, since, pid, host, condition }: Lock): string[] {
  return [name, purpose, moment(since), String(pid), host, condition];
}
