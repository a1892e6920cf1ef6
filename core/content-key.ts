/** What is kept by its content has a key that says the content. Pure. */
import { createHash } from 'node:crypto';
import type { Certificate } from './release.ts';

/** The content key of an environment or of settings: equal ones have equal keys. */
export function contentKey(environment: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(environment).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
}

/** The content key of a certificate with its key. */
export function certificateKey(certificate: Certificate): string {
  return contentKey({ ...certificate });
}
