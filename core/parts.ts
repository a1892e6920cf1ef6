/** What octohost works with, and the version of each: told by the plugins that use it. */
import { messageOf } from './errors.ts';

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

/** How long one part may take, in milliseconds. */
const patienceMs = 30_000;

/** Asks all at once; one that does not answer is no error. */
export function versionsOf(parts: readonly Part[], signal: AbortSignal): Promise<PartVersion[]> {
  return Promise.all(
    parts.map((part) => versionOf(part, AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]))),
  );
}

async function versionOf(part: Part, signal: AbortSignal): Promise<PartVersion> {
  const over = new Promise<never>((_, reject) => {
    const end = () => reject(new Error(`it did not answer within ${patienceMs / 1000} s`));
    signal.addEventListener('abort', end, { once: true });
  });
  const { name } = part;
  try {
    return { name, version: await Promise.race([part.version(signal), over]) };
  } catch (error) {
    return { name, problem: messageOf(error) };
  }
}
