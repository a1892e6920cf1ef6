/** Which branch a site is deployed from, and when another one is refused. Pure. */
import { errors } from './error-catalogue.ts';
import { branchOf, type SiteName, siteOfBranch } from './grammar.ts';
import type { Origin, Release } from './release.ts';
import type { Push } from './source.ts';

/** Whether both are the same branch of the same repository. */
export function isSameOrigin(one: Origin, other: Origin): boolean {
  return one.repository === other.repository && one.ref === other.ref;
}

/** In words: `branch main of app`. */
export function nameOf({ repository, ref }: Origin): string {
  return `branch ${branchOf(ref)} of ${repository}`;
}

/**
 * Refuses a branch that means a site which another branch deploys, or which exists without git under a name that the
 * branch only makes by chance. What is no push of a branch leaves the site to the branch that has it.
 * @throws E_SITE_ORIGIN
 */
export function refuseForeign(site: SiteName, current: Release | undefined, push: Push): void {
  const { origin: pushed, takesFrom } = push;
  if (!current || !pushed) return;
  const { origin: held } = current;
  if (held === undefined ? isOwnBranch(site, pushed) : isSameOrigin(held, pushed)) return;
  if (held && takesFrom && isSameOrigin(held, takesFrom)) return;
  throw errors.E_SITE_ORIGIN({
    site,
    pushed: firstUpper(nameOf(pushed)),
    held: held ? nameOf(held) : `the site of that name, which was made without git`,
    hint: hintFor(site, pushed, held),
  });
}

/** The other branch that the site is deployed from until this push, if there is one. */
export function takenFrom(current: Release | undefined, { origin }: Push): Origin | undefined {
  const held = current?.origin;
  return held && origin && !isSameOrigin(held, origin) ? held : undefined;
}

/** `main` and `master` of the repository that has the site's name. */
function isOwnBranch(site: SiteName, { repository, ref }: Origin): boolean {
  return repository === site && siteOfBranch(repository, ref) === site;
}

function hintFor(site: SiteName, pushed: Origin, held: Origin | undefined): string {
  if (held?.repository !== pushed.repository)
    return `Push the branch under another name: git push <remote> <branch>:<name>. Or, if ${site} may go: octo remove ${site}`;
  const branch = branchOf(held.ref);
  return isOwnBranch(site, pushed)
    ? 'Push it alone, and it takes the site over.'
    : `Push it under another name, or delete the other branch first: git push <remote> :${branch}`;
}

function firstUpper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
