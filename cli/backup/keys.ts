/** Access keys of a backup: which of them are let in here. Pure. */
import { type AccessKey, messageOf } from '../../core/index.ts';
import type { Grant } from '../door/keys.ts';
import { fingerprintOf, parsePublicKey } from '../door/public-key.ts';

/** A key that stays out, and why. */
export interface KeyLeft {
  readonly name: string;
  readonly because: string;
}

/**
 * Those that are not here yet; what is here stays as it is. A key of an authority may stand under several names, for its
 * certificates say which of them is meant.
 */
export function keysToBring(
  wanted: readonly AccessKey[],
  here: readonly AccessKey[],
): { readonly grants: readonly Grant[]; readonly left: readonly KeyLeft[] } {
  const grants: Grant[] = [];
  const left: KeyLeft[] = [];
  for (const { addedAt: _, addedBy: __, ...given } of wanted) {
    const known = [...here, ...grants];
    const isSame = (other: Grant) => other.type === given.type && other.base64 === given.base64;
    const named = known.find(({ name }) => name === given.name);
    const twin = known.find(
      (other) => other.name !== given.name && isSame(other) && !(given.authority && other.authority),
    );
    const isHere = named !== undefined && isSame(named) && named.authority === given.authority;
    const leave = (because: string) => void left.push({ name: given.name, because });
    if (isHere) continue;
    if (named) leave('another key has its name here');
    else if (twin) leave(`it is here as ${twin.name}`);
    else
      try {
        grants.push(checked(given));
      } catch (error) {
        leave(messageOf(error));
      }
  }
  return { grants, left };
}

/** What the key says of itself counts, not what stands beside it. */
function checked(grant: Grant): Grant {
  const { type, base64, comment } = parsePublicKey([grant.type, grant.base64, grant.comment].join(' '));
  return { ...grant, type, base64, comment, fingerprint: fingerprintOf(base64) };
}
