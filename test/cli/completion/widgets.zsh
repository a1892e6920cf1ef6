# What zsh's completion system is told, printed: the words that begin as what is typed.
compdef() { : }
_files() { : }
compadd() {
  shift
  print -l -- ${(M)@:#${PREFIX}*}
}
_describe() {
  [[ $1 == -o ]] && shift
  local -a list=("${(@P)2}")
  print -l -- ${(M)${list%%:*}:#${PREFIX}*}
}
compset() { PREFIX="${PREFIX##*:}" }
