/** Completion for fish. Pure. */
import { askForSites, quotedForFish, summaryLine } from './shell-words.ts';
import type { KnownWords } from './tree.ts';

/** Each word is offered where the words before it are exactly its path. */
export function fishScript(words: readonly KnownWords[]): string {
  const lines = words.flatMap(({ path, below, flags, sites }) => {
    const at = `-n ${quotedForFish(`__octo_at ${path}`.trim())}`;
    const behind = `-n ${quotedForFish(`__octo_behind ${path}`.trim())}`;
    return [
      ...below.map(
        ({ word, summary }) =>
          `complete -c octo -f ${at} -a ${quotedForFish(word)} -d ${quotedForFish(summaryLine(summary))}`,
      ),
      ...(sites === 'none' ? [] : [`complete -c octo ${sites === 'all' ? behind : at} -a '(__octo_sites)'`]),
      ...flags.map(({ name, char, summary, value, choices }) =>
        [
          `complete -c octo ${behind} -l ${name}`,
          ...(char ? [`-s ${char}`] : []),
          ...(value === 'none' ? [] : ['-r']),
          ...(value === 'site' ? ["-f -a '(__octo_sites)'"] : []),
          ...(choices.length > 0 ? [`-f -a ${quotedForFish(choices.join(' '))}`] : []),
          `-d ${quotedForFish(summaryLine(summary))}`,
        ].join(' '),
      ),
    ];
  });
  return `# Completion of octo for fish. Made by: octo completion fish
function __octo_words
  for word in (commandline -opc)[2..-1]
    string match -q -- '-*' $word; or string split : -- $word
  end
end
function __octo_sites
  ${askForSites}
end
function __octo_at
  set -l typed (__octo_words)
  test "$typed" = "$argv"
end
function __octo_behind
  set -l typed (__octo_words)
  string match -q -- "$argv *" "$typed "
end
${lines.join('\n')}
`;
}
