/** How another version of octohost comes in the place of this one. Pure. */

/** Where this program is. */
export interface ProgramPlace {
  /** A clone of the repository, or the package as npm installed it. */
  readonly kind: 'clone' | 'package';
  /** Absolute. */
  readonly root: string;
}

/** What to type, in this order; sites are served meanwhile. */
export function updateSteps({ kind, root }: ProgramPlace): string[] {
  const fetch =
    kind === 'clone'
      ? [`git -C ${root} pull --ff-only`, `npm --prefix ${root} run setup`]
      : ['npm install --global octohost@latest'];
  return [...fetch, 'octo update'];
}
