/** The one thing that is read of a Procfile. Pure. */

/**
 * The command of a process type: a Procfile has lines of `name: command`, of which the last of a name counts; others are
 * none of its lines. Undefined where there is none.
 */
export function commandIn(procfile: string, type: string): string | undefined {
  const lines = procfile.split(/\r?\n/).map((line) => /^([A-Za-z0-9_-]+):\s*(.*?)\s*$/.exec(line));
  return lines.findLast((found) => found?.[1] === type && found[2] !== '')?.[2];
}

/** What a Procfile says of a site, as if it were settings. */
export function saidInProcfile({
  releaseCommand,
}: {
  readonly releaseCommand?: string | undefined;
}): Record<string, string> {
  return releaseCommand === undefined ? {} : { OCTO_RELEASE_COMMAND: releaseCommand };
}
