# Completion of cubic for bash 3.2 (macOS has that one) and newer: cubic completions bash

_cubic() {
  local line=${COMP_LINE:0:COMP_POINT} words=() word blank i
  # COMP_WORDS has a:b as three words. What has no blank before it belongs to the word before it.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    blank=${line%%[![:space:]]*}
    line=${line#"$blank"}
    # Only what stands before the cursor counts.
    if ((i == COMP_CWORD)); then word=$line; fi
    line=${line#"$word"}
    if ((i == 0)) || [[ -n $blank ]]; then
      words+=("$word")
    else
      words[${#words[@]}-1]+=$word
    fi
  done

  local last=$((${#words[@]} - 1))
  local current=${words[last]} program=${words[0]/#\~\//$HOME/}
  # A quote that is open; readline takes care of it.
  current=${current#[\"\']}
  type -P -- "$program" >/dev/null || program=cubic
  local answer
  answer=$("$program" complete --word="$current" -- "${words[@]:1:last-1}" 2>/dev/null </dev/null) ||
    return 0

  # Readline replaces only what stands behind the last of these.
  local cut=
  case $current in
    *:*) if [[ $COMP_WORDBREAKS == *:* ]]; then cut=${current%"${current##*:}"}; fi ;;
    *=*) if [[ $COMP_WORDBREAKS == *=* ]]; then cut=${current%"${current##*=}"}; fi ;;
  esac
  local orders=
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :* ]]; then
      orders=$line
    else
      word=${line%%$'\t'*}
      COMPREPLY+=("${word#"$cut"}")
    fi
  done <<<"$answer"
  if [[ $orders == *files* ]]; then
    # Readline knows best how to write the names of files, but would escape the colon of a name of ours.
    if ((${#COMPREPLY[@]} == 0)) && compopt -o default 2>/dev/null; then return 0; fi
    while IFS= read -r word; do
      if [[ -d $word ]]; then word+=/; fi
      printf -v word %q "$word"
      COMPREPLY+=("${word#"$cut"}")
    done < <(compgen -f -- "$current")
  fi
  if [[ $orders == *open* ]]; then compopt -o nospace 2>/dev/null; fi
}

complete -F _cubic cubic
