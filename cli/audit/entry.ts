/** What the audit log says, and the chain that shows whether somebody changed it. Pure. */
import { createHash } from 'node:crypto';

/** Who acts, and through which door. */
export interface Who {
  /** `key alice`, `root on host1`. */
  readonly actor: string;
  /** Of the ssh key: `SHA256:…`. */
  readonly fingerprint?: string;
  readonly door: 'ssh' | 'host';
}

/** One act of a command: what it does to which sites. Values of settings are never in it. */
export interface Act {
  readonly sites: readonly string[];
  /** `configuration: TOKEN, WORKERS`. */
  readonly what: string;
}

/** One line of the log. A command has one when it begins to change something, and one when it has ended. */
export interface AuditEntry extends Who {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** `push`, `config:set`. */
  readonly command: string;
  readonly sites: readonly string[];
  readonly what: readonly string[];
  /** `begun`, `done`, the code of the error that it ended with, or git's exit code: `exit 1`. */
  readonly result: string;
  /** The number of the entry with which the command began. */
  readonly of?: number;
}

/** An entry as it is kept. */
export interface KeptEntry {
  /** 1, 2, 3 … */
  readonly number: number;
  /** The entry as JSON: what was hashed, to the letter. */
  readonly text: string;
  readonly hash: string;
}

/** What the first entry follows. */
export const noHash = '0'.repeat(64);

/** Each entry's hash has that of the one before it in it: none can be changed, left out or put between. */
export function hashAfter(previous: string, text: string): string {
  return createHash('sha256').update(`${previous}\n${text}`).digest('hex');
}

/** The number of the first entry that does not follow the one before it; undefined where all do. */
export function brokenAt(entries: Iterable<KeptEntry>): number | undefined {
  let [number, hash] = [0, noHash];
  for (const entry of entries) {
    if (entry.number !== number + 1 || entry.hash !== hashAfter(hash, entry.text)) return entry.number;
    ({ number, hash } = entry);
  }
  return undefined;
}

/** A command as it is shown: its beginning and its end together. */
export interface Audited extends AuditEntry {
  readonly number: number;
  /** Of its last entry. */
  readonly hash: string;
  /** ISO 8601, UTC; absent where it did not end, for it was killed or still runs. */
  readonly endedAt?: string;
}

/** Commands by when they began. What a command did is all that it said by its end. */
export function audited(entries: Iterable<KeptEntry>): Audited[] {
  const commands = new Map<number, Audited>();
  for (const { number, text, hash } of entries) {
    const { of, ...entry } = JSON.parse(text) as AuditEntry;
    const begun = of === undefined ? undefined : commands.get(of);
    const at = begun?.at ?? entry.at;
    const ended = entry.result === 'begun' ? {} : { endedAt: entry.at };
    commands.set(begun?.number ?? number, { ...entry, at, number: begun?.number ?? number, hash, ...ended });
  }
  return [...commands.values()];
}
