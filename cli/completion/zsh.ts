/** Completion for zsh. Pure. */
import { askForSites, quoted, summaryLine } from './shell-words.ts';
import type { KnownFlag, KnownWords } from './tree.ts';

/** `word:summary`, as _describe reads it. */
const described = (word: string, summary: string) =>
  quoted(`${word.replaceAll(':', '\\:')}:${summaryLine(summary)}`);

const dashed = ({ name, char }: KnownFlag) => [`--${name}`, ...(char ? [`-${char}`] : [])];

/** Goes down the tree by the colons of a word; comes back where they are none of a command. */
const into = `_octo_into() {
  local down="$1" word
  local -a heads
  for word in \${(s.:.)2}; do
    heads=(\${below%%:*})
    if (( ! \${heads[(Ie)$word]} )); then
      _octo_at "$1"
      return 1
    fi
    down="\${down:+$down }$word"
    _octo_at "$down"
  done
}
`;

/** Follows the words before the cursor down the tree, and offers what may come next. */
const follow = `_octo() {
  local path_='' before='' word given=0 sites
  local -a below heads flags valued site_flags known
  local -A choices
  _octo_at ''
  for word in \${=\${(j: :)words[2,CURRENT-1]}//:/ }; do
    case "$word" in
      --) return 1 ;;
      -*) ;;
      *)
        heads=(\${below%%:*})
        if (( given == 0 && \${heads[(Ie)$word]} )); then
          path_="\${path_:+$path_ }$word"
          _octo_at "$path_"
        elif (( ! \${valued[(Ie)$before]} )); then
          (( given += 1 ))
        fi
        ;;
    esac
    before="$word"
  done
  if (( given == 0 && ! \${valued[(Ie)$before]} )) && [[ "$PREFIX" == *:* ]] && _octo_into "$path_" "\${PREFIX%:*}"; then
    compset -P '*:'
    _describe command below
    return
  fi
  if [[ -n "\${choices[$before]}" ]]; then
    compadd -- \${=choices[$before]}
  elif (( \${site_flags[(Ie)$before]} )); then
    compadd -- \${(f)"$(${askForSites})"}
  elif (( \${valued[(Ie)$before]} )); then
    _files
  elif [[ "$PREFIX" == -* ]]; then
    _describe -o option flags
  else
    (( given == 0 )) && _describe command below
    if [[ $sites == all ]] || [[ $sites == first && $given == 0 ]]; then
      known=(\${(f)"$(${askForSites})"})
      compadd -- $known
    fi
    _files
  fi
}
`;

/** The words before the cursor are followed down the tree; a colon between them is as good as a blank. */
export function zshScript(words: readonly KnownWords[]): string {
  const cases = words.map(({ path, below, flags, sites }) => {
    const valued = flags.filter(({ value }) => value !== 'none').flatMap(dashed);
    const siteFlags = flags.filter(({ value }) => value === 'site').flatMap(dashed);
    const choices = flags
      .filter((flag) => flag.choices.length > 0)
      .map(
        (flag) =>
          `choices+=(${dashed(flag)
            .map((one) => `${quoted(one)} ${quoted(flag.choices.join(' '))}`)
            .join(' ')})`,
      );
    return [
      `    ${quoted(path)})`,
      `      below=(${below.map(({ word, summary }) => described(word, summary)).join(' ')})`,
      `      flags=(${flags.flatMap((flag) => dashed(flag).map((one) => described(one, flag.summary))).join(' ')})`,
      `      valued=(${valued.map(quoted).join(' ')}) site_flags=(${siteFlags.map(quoted).join(' ')})`,
      ...choices.map((line) => `      ${line}`),
      `      sites=${sites}`,
      '      ;;',
    ].join('\n');
  });
  return `#compdef octo
# Completion of octo for zsh. Made by: octo completion zsh
_octo_at() {
  below=() flags=() valued=() site_flags=() choices=() sites=none
  case "$1" in
${cases.join('\n')}
  esac
}
${into}${follow}if [[ $funcstack[1] == _octo ]]; then _octo "$@"; else compdef _octo octo; fi
`;
}
