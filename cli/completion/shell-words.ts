/** Words of a completion script. Pure. */

/** A word that no shell takes apart or reads anything in: bash, zsh. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The same for fish, in which a backslash stands for itself nowhere else. */
export function quotedForFish(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** Its first line, short enough to stand beside a word. */
export function summaryLine(text: string): string {
  const [line = ''] = text.split('\n');
  return line.replace(/\.$/, '').slice(0, 80);
}

/** Asks for the names of all sites: the only thing that a script does not know by itself. */
export const askForSites = 'octo sites 2>/dev/null';
