# What zsh offers for $2, one a line; $1 is the folder of the completion. Pressing Tab takes a terminal: zpty is one.
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PROMPT=; fpath=(${(q)1} \$fpath); autoload -Uz compinit; compinit -u -D"
zpty -w z 'compadd() {
  if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)\ * ]]; then
    local -a offered
    builtin compadd -A offered "$@"
    print -l -- "" "<"${^offered}">"
  fi
  builtin compadd "$@"
}
ask() { _main_complete; compstate[list]=; compstate[insert]=; print -l -- "" "<>"; exit }
zle -C ask complete-word ask; bindkey "^I" ask; print READY$((1 + 1))'
while zpty -r z line; do [[ $line == *READY2* ]] && break; done
zpty -n -w z "$2"$'\t'
while zpty -r z line; do
  line=${line%%$'\r'*}
  [[ $line == '<>' ]] && break
  [[ $line == '<'*'>' ]] && print -r -- "${${line#<}%>}"
done
zpty -d z
