/** The refs that keep the revisions of releases. Pure. */
import type { Release, SiteName } from '../../core/index.ts';
import type { NewRef } from './ref-updates.ts';

const pattern = /^refs\/octohost\/releases\/([^/]+)\/[1-9]\d{0,7}$/;

/** Keeps a release's revision reachable, whatever is pushed over its branch later. */
export function releaseRef({ site, number, revision }: Release): NewRef {
  return { ref: `${releasesOf(site)}${number}`, after: revision ?? '' };
}

/** What all those of a site begin with. */
export const releasesOf = (site: SiteName) => `refs/octohost/releases/${site}/`;

/** The name of the site that such a ref is of, as it stands there; undefined for any other ref. */
export function siteOfReleaseRef(ref: string): string | undefined {
  return pattern.exec(ref)?.[1];
}
