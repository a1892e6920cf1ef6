/** Commands of the original octohost that are gone, and what to type today. Pure. */
import { leadingWords } from './command-path.ts';

export interface OldCommand {
  /** Why there is none of this name. */
  readonly because: string;
  /** What to type instead, in this order. */
  readonly instead: readonly string[];
}

export const oldCommands: Readonly<Record<string, OldCommand>> = {
  logspout: {
    because:
      "Logs are shipped by the engine's log drivers or by whoever follows them, not by a container of octohost.",
    instead: ['octo logs SITE -f | logger -n HOST -P 514 -t SITE'],
  },
  'consul:reset': {
    because: 'Consul is not thrown away and filled anew: what is missing in the catalog is put back.',
    instead: ['octo converge', 'octo services:register'],
  },
};

/** The old command that a command line names, in either spelling: `consul:reset` or `consul reset`. */
export function findOldCommand(
  argv: readonly string[],
): (OldCommand & { readonly name: string }) | undefined {
  const first = argv[0] ?? '';
  const words = leadingWords(argv);
  const names = first.includes(':') ? [first] : [words.slice(0, 2).join(':'), words[0] ?? ''];
  const name = names.find((one) => Object.hasOwn(oldCommands, one));
  const found = name === undefined ? undefined : oldCommands[name];
  return name !== undefined && found ? { name, ...found } : undefined;
}
