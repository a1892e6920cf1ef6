/** How another version of octohost comes in the place of this one. Pure. */

/** Where this program is. */
export interface ProgramPlace {
  /** A clone of the repository, the package as npm installed it, or the tarball with a Node.js of its own. */
  readonly kind: 'clone' | 'package' | 'tarball';
  /** Absolute. */
  readonly root: string;
}

/** What to type, in this order; sites are served meanwhile. */
export function updateSteps({ kind, root }: ProgramPlace): string[] {
  const fetch = {
    clone: [`git -C ${root} pull --ff-only`, `npm --prefix ${root} run setup`],
    package: ['npm install --global octohost@latest'],
    // Files of before stay beside the new ones: what runs may still read them.
    tarball: [`tar -xzf ${tarballName('VERSION')} -C ${root} --strip-components=1`],
  };
  return [...fetch[kind], 'octo update'];
}

/** The tarball of a version for a machine like this one: `octohost-1.0.0-linux-x64.tar.gz`. */
export function tarballName(version: string): string {
  return `octohost-${version}-${process.platform}-${process.arch}.tar.gz`;
}
