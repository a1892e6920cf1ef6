/** What makes an instance what it is, and the digest that says whether two are interchangeable. Pure. */
import { createHash } from 'node:crypto';
import type { Release } from './release.ts';
import type { InstanceSpec } from './roles.ts';

/** The spec of a release's instances. */
export function instanceSpec(
  release: Pick<Release, 'site' | 'image' | 'run'>,
  environment: Readonly<Record<string, string>>,
): InstanceSpec {
  const { name: _name, ...run } = release.run;
  return { site: release.site, image: release.image.id, environment, ...run };
}

/** 32 hexadecimal digits; domains, count and checks are outside of it, so changing them starts nothing. */
export function specDigest(spec: InstanceSpec): string {
  return createHash('sha256').update(canonical(spec)).digest('hex').slice(0, 32);
}

/** JSON with the keys of every object sorted: equal values give equal texts. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
