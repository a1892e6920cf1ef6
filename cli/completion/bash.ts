/** Completion for bash. Pure. */
import { askForSites, quoted } from './shell-words.ts';
import type { KnownFlag, KnownWords } from './tree.ts';

const dashed = ({ name, char }: KnownFlag) => [`--${name}`, ...(char ? [`-${char}`] : [])];

/** Follows the words before the cursor down the tree, and offers what may come next. */
const follow = `_octo() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' given=0 before='' word offered='' behind=''
  [ "\${COMP_WORDS[COMP_CWORD-1]}" = : ] && behind=colon
  [ "$current" = : ] && current='' behind=colon
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
      :) continue ;;
      --) return ;;
      -*) ;;
      *)
        if [ "$given" = 0 ] && [[ " $(_octo_below "$path") " == *" $word "* ]]; then
          path="\${path:+$path }$word"
        elif [[ " $(_octo_valued "$path") $(_octo_site_flags "$path") " != *" $before "* ]] &&
          [ -z "$(_octo_choices "$path $before")" ]; then
          given=$((given + 1))
        fi
        ;;
    esac
    before="$word"
  done
  if [ -n "$before" ] && [[ "$before" == -* ]]; then
    offered="$(_octo_choices "$path $before")"
    if [ -n "$offered" ]; then
      COMPREPLY=($(compgen -W "$offered" -- "$current"))
      return
    fi
    if [[ " $(_octo_site_flags "$path") " == *" $before "* ]]; then
      COMPREPLY=($(compgen -W "$(${askForSites})" -- "$current"))
      return
    fi
    if [[ " $(_octo_valued "$path") " == *" $before "* ]]; then
      COMPREPLY=($(compgen -f -- "$current"))
      return
    fi
  fi
  if [[ "$current" == -* ]]; then
    offered="$(_octo_flags "$path")"
  else
    [ "$given" = 0 ] && offered="$(_octo_below "$path")"
    case "$(_octo_sites "$path"):$given$behind" in
      *colon) ;;
      first:0 | all:*) offered="$offered $(${askForSites})" ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$offered" -- "$current"))
  [ \${#COMPREPLY[@]} = 0 ] && COMPREPLY=($(compgen -f -- "$current"))
}
`;

/** bash takes `config:set` apart into three words; the colons are passed over. */
export function bashScript(words: readonly KnownWords[]): string {
  const cases = (line: (one: KnownWords) => string) =>
    words.flatMap((one) => {
      const text = line(one);
      return text === '' ? [] : [`    ${quoted(one.path)}) echo ${quoted(text)} ;;`];
    });
  const flagCases = (kind: KnownFlag['value']) =>
    cases(({ flags }) =>
      flags
        .filter(({ value, choices }) => value === kind && choices.length === 0)
        .flatMap(dashed)
        .join(' '),
    );
  const choiceCases = words.flatMap(({ path, flags }) =>
    flags
      .filter(({ choices }) => choices.length > 0)
      .map(
        (flag) =>
          `    ${dashed(flag)
            .map((one) => quoted(`${path} ${one}`))
            .join('|')}) echo ${quoted(flag.choices.join(' '))} ;;`,
      ),
  );
  return `# Completion of octo for bash. Made by: octo completion bash
_octo_below() {
  case "$1" in
${cases(({ below }) => below.map(({ word }) => word).join(' ')).join('\n')}
  esac
}
_octo_flags() {
  case "$1" in
${cases(({ flags }) => flags.flatMap(dashed).join(' ')).join('\n')}
  esac
}
_octo_valued() {
  case "$1" in
${flagCases('any').join('\n')}
  esac
}
_octo_site_flags() {
  case "$1" in
${flagCases('site').join('\n')}
  esac
}
_octo_choices() {
  case "$1" in
${choiceCases.join('\n')}
  esac
}
_octo_sites() {
  case "$1" in
${cases(({ sites }) => (sites === 'none' ? '' : sites)).join('\n')}
  esac
}
${follow}complete -F _octo octo
`;
}
