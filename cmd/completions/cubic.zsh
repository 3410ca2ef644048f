#compdef cubic
# Completion of cubic for zsh: cubic completions zsh

_cubic() {
  local -a lines values shown
  local line orders program
  program=${(Q)words[1]/#\~\//$HOME/}
  (( $+commands[$program] )) || [[ $program == */* && -x $program ]] || program=cubic
  # What is typed may end in an open quote, which (Q) takes for what it is not.
  local current=${PREFIX#[\"\']}
  lines=("${(@f)$("$program" complete --word="${(Q)current}" -- "${(@Q)words[2,CURRENT-1]}" \
    2>/dev/null </dev/null)}")
  for line in $lines; do
    if [[ $line == :* ]]; then
      orders=$line
      continue
    fi
    values+=("${line%%$'\t'*}")
    shown+=("${line%%$'\t'*}${${line#*$'\t'}:+  -- ${line#*$'\t'}}")
  done
  local -a open
  if [[ $orders == *open* ]]; then open=(-S ''); fi
  local found=1
  if (( $#values )); then compadd -l "${open[@]}" -d shown -a values && found=0; fi
  if [[ $orders == *files* ]]; then _files && found=0; fi
  return found
}

if [[ $funcstack[1] == _cubic ]]; then
  _cubic "$@"
elif (( $+functions[compdef] )); then
  compdef _cubic cubic
fi
