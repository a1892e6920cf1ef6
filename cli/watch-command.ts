/** What the commands share that show something again and again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodes } from '../core/index.ts';
import { BaseCommand } from './base-command.ts';
import { errors } from './errors.ts';

const watchMs = 2_000;
const clearScreen = '\x1b[H\x1b[2J';

export abstract class WatchCommand extends BaseCommand {
  /** Shows something once, or with `watch` every two seconds until Ctrl-C, on a terminal in the same place. */
  protected async shown(watch: boolean, show: () => Promise<void>): Promise<void> {
    if (!watch) return show();
    if (this.jsonEnabled())
      throw errors.E_ARGUMENTS({ problem: '--json cannot watch: it prints one object at the end.' });
    this.looksOn();
    const { stdout } = this.context;
    const signal = AbortSignal.any([this.signal, stdout.closed]);
    while (!signal.aborted) {
      if (stdout.isTerminal) stdout.write(clearScreen);
      await show();
      await sleep(watchMs, undefined, { signal }).catch(() => {});
    }
    this.context.setExitCode(exitCodes.interrupted);
  }
}
