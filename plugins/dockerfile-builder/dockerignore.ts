/** `.dockerignore`: which paths of the tree go into the build. Pure. */
import dockerignore from '@balena/dockerignore';

/** Whether a path (`/` between folders, no `/` at its end) is sent. */
export type Includes = (path: string) => boolean;

/**
 * The engine applies `.dockerignore` to no tar that it is sent, so this does; the rules are the docker command's: the
 * last pattern that fits decides, and a pattern that fits a folder fits what is in it.
 * @param always paths that are sent whatever the patterns say: the Dockerfile and the file of patterns itself
 */
export function includesOf(patterns: string, always: readonly string[]): Includes {
  // The package is CommonJS with an own `default`: this is the one spelling that its types and node agree on.
  const rules = dockerignore.default({ ignorecase: false }).add(patterns.replace(/^\uFEFF/, ''));
  return (path) => always.includes(path) || !rules.ignores(path);
}
