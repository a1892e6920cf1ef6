/** What an ssh key may do, and with which sites. Pure. */
import * as z from 'zod/mini';
import {
  isKeyName,
  isSitePattern,
  type KeyName,
  matchesSite,
  type SiteName,
  type SitePattern,
} from './grammar.ts';

/** `deploy` includes `read`; `admin` includes both. */
export type Right = 'read' | 'deploy' | 'admin';

/** A public key that was let in, under a name of its own. */
export interface AccessKey {
  readonly name: KeyName;
  /** For instance `ssh-ed25519`. */
  readonly type: string;
  /** The key itself. */
  readonly base64: string;
  /** What stood after it in its file. */
  readonly comment: string;
  /** `SHA256:…`, as ssh-keygen shows it. */
  readonly fingerprint: string;
  /**
   * True: it is the key of a certificate authority. Who comes with a certificate that it signed for the principal `name`
   * has the right; the key itself opens nothing.
   */
  readonly authority?: true;
  readonly right: Right;
  /** The sites that the right is for. */
  readonly sites: readonly SitePattern[];
  /** ISO 8601; when it was added or last got other rights. */
  readonly addedAt: string;
  /** Who did that. */
  readonly addedBy: string;
}

/** As it is kept; others may have written there. */
export const accessKeySchema = z.object({
  name: z.string().check(z.refine(isKeyName)),
  type: z.string().check(z.regex(/^[a-z0-9@.-]+$/)),
  base64: z.string().check(z.regex(/^[A-Za-z0-9+/]+=*$/)),
  comment: z.string(),
  fingerprint: z.string(),
  authority: z.optional(z.literal(true)),
  right: z.enum(['read', 'deploy', 'admin']),
  sites: z.array(z.string().check(z.refine(isSitePattern))),
  addedAt: z.string(),
  addedBy: z.string(),
});

/** The pattern of a right that is for all sites, and for what belongs to none. */
export const everySite = '*' as SitePattern;

const order: readonly Right[] = ['read', 'deploy', 'admin'];

/** @param site undefined: what belongs to no single site, which only a right for all sites allows */
export function allows(
  key: Pick<AccessKey, 'right' | 'sites'>,
  right: Right,
  site: SiteName | undefined,
): boolean {
  if (order.indexOf(key.right) < order.indexOf(right)) return false;
  return key.sites.some(
    (pattern) => pattern === everySite || (site !== undefined && matchesSite(pattern, site)),
  );
}
