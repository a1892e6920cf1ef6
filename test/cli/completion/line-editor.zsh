# Types a text and Tab into the line editor of a real zsh, and prints the line that came of it.
# Words: the script of completions, the text.
zmodload zsh/zpty zsh/zselect
folder="$(mktemp -d)"
trap 'zpty -d typed; rm -rf "$folder"' EXIT
cat > "$folder/setup" <<SETUP
PS1=
unsetopt beep
autoload -Uz compinit && compinit -u -D
source "$1"
told() { print -rn -- "\$BUFFER" > $folder/line.new; mv $folder/line.new $folder/line; }
zle -N told
bindkey '^X^T' told
: > $folder/ready
SETUP
# What comes back is of no interest, and has to be read so that it can go on.
until_there() { until [[ -e "$1" ]]; do zpty -rt typed said || zselect -t 5; done; }
zpty -b typed zsh -f -i
zpty -w typed "source $folder/setup"
until_there "$folder/ready"
zpty -wn typed "$2"$'\t'$'\x18\x14'
until_there "$folder/line"
cat "$folder/line"
