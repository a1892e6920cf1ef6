/** What octohost works with, and the version of each: told by the plugins that use it. */
import { messageOf } from './errors.ts';
import { TimeOver, withinTime } from './time-limit.ts';

/** A program or a service that a plugin uses. */
export interface Part {
  /** For people: `Docker Engine`. */
  readonly name: string;
  /** Its version, asked of the thing itself and in its own words. What it throws is why it cannot be reached. */
  version(signal: AbortSignal): Promise<string>;
}

/** What became of the question. */
export type PartVersion =
  | { readonly name: string; readonly version: string }
  /** Not there, or it does not answer. */
  | { readonly name: string; readonly problem: string };

/** How long one part may take, in seconds. */
const patience = 30;

/** Asks all at once; one that does not answer is no error. */
export function versionsOf(parts: readonly Part[], signal: AbortSignal): Promise<PartVersion[]> {
  return Promise.all(parts.map((part) => versionOf(part, signal)));
}

async function versionOf(part: Part, signal: AbortSignal): Promise<PartVersion> {
  const { name } = part;
  try {
    return { name, version: await withinTime(signal, patience, (own) => part.version(own)) };
  } catch (error) {
    const isSilent = signal.aborted || error instanceof TimeOver;
    return { name, problem: isSilent ? `it did not answer within ${patience} s` : messageOf(error) };
  }
}
