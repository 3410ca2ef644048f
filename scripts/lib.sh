# What the scripts share; sourced, never run. The caller has set `root` to the repository.
# shellcheck shell=sh

# Where set-up keeps a Deno of its own. Not inside the repository: clones share it.
dev_dir() {
  printf '%s/cubic-dev\n' "${XDG_DATA_HOME:-${HOME:?HOME is not set}/.local/share}"
}

say() { printf '%s\n' "$*"; }

# A failure a person can act on: the message, then what to type next.
fail() {
  status=$1
  printf '%s: %s\n' "${0##*/}" "$2" >&2
  shift 2
  for hint in "$@"; do printf '  %s\n' "$hint" >&2; done
  exit "$status"
}

has() { command -v "$1" >/dev/null 2>&1; }

# True when $1 is a Deno that is new enough: 2.9 or later.
is_good_deno() {
  version=$("$1" --version 2>/dev/null) || return 1
  version=${version#deno }
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%.*}
  case $major$minor in '' | *[!0-9]*) return 1 ;; esac
  [ "$major" -gt 2 ] || { [ "$major" -eq 2 ] && [ "$minor" -ge 9 ]; }
}

# Sets `deno` to the first Deno that will do: on PATH, then what set-up or Deno's installer left. The program
# itself comes before npm's starter, a Node process that would stand between it and the terminal's signals.
find_deno() {
  for deno in \
    "$(command -v deno || true)" \
    "$(dev_dir)/node_modules/deno/deno" \
    "$(dev_dir)/node_modules/.bin/deno" \
    "$(dev_dir)/bin/deno" \
    "${HOME:-}/.deno/bin/deno"; do
    if [ -x "$deno" ] && is_good_deno "$deno"; then return 0; fi
  done
  deno=
  return 1
}
