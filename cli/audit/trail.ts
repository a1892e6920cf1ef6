/** What one command leaves in the audit log: that it began to change something, and how it ended. */
import { messageOf } from '../../core/index.ts';
import type { Act, AuditEntry, Who } from './entry.ts';
import { addEntry } from './log.ts';

export interface Trail {
  /** Before something is changed: a command that is killed half-way is on record all the same. */
  act(act: Act): Promise<void>;
  /**
   * What a command without an act came to is recorded where it came over ssh and was refused.
   * @param result `done`, an error's code …
   */
  end(result: string): Promise<void>;
}

/**
 * @param place where the log is, once that is known
 * @param warn told where it cannot be written, which stops nothing: a full disk has to be repaired by commands
 */
export function openTrail(
  who: Who,
  command: string,
  { place, warn }: { readonly place: () => Promise<string>; readonly warn: (line: string) => void },
): Trail {
  const acts: Act[] = [];
  let begun: Promise<number | undefined> | undefined;
  const write = async (result: string, of?: number): Promise<number | undefined> => {
    const entry: AuditEntry = {
      at: new Date().toISOString(),
      ...who,
      command,
      sites: [...new Set(acts.flatMap(({ sites }) => sites))],
      what: [...new Set(acts.map(({ what }) => what))],
      result,
      ...(of === undefined ? {} : { of }),
    };
    try {
      return await addEntry(await place(), entry);
    } catch (error) {
      warn(`warning: this is not in the audit log, which cannot be written: ${messageOf(error)}`);
      return undefined;
    }
  };
  return {
    async act(act) {
      acts.push(act);
      begun ??= write('begun');
      await begun;
    },
    async end(result) {
      const of = await begun;
      if (begun || (who.door === 'ssh' && result !== 'done')) await write(result, of);
    },
  };
}
