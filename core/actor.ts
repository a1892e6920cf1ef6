/** Who asked for something, as the record has it. Pure. */
import type { Actor } from './release.ts';

const signed = ', signed by ';

/** Whoever asked, and the name of the key that signed the push. */
export function signedActor(actor: Actor, signer: string): Actor {
  return `${actor}${signed}${signer}`;
}

/**
 * Whether two actors are one: the same key or user, signed or not, or the key that signed. An actor is text for people, and
 * a signed push has another text than the same key's next command.
 */
export function isSameActor(one: Actor, other: Actor): boolean {
  const others = keysOf(other);
  return keysOf(one).some((key) => others.includes(key));
}

function keysOf(actor: Actor): readonly string[] {
  const [who = '', signer] = actor.split(signed);
  return signer === undefined ? [who] : [who, `key ${signer}`];
}
