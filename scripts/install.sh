#!/bin/sh
# Installs cubic for this user, without root:
#
#     curl -fsSL URL/install.sh | sh
#     curl -fsSL URL/install.sh | sh -s -- --version 0.1.0 --completions
#
# CUBIC_INSTALL_URL   where releases are: URL/latest/download/FILE and URL/download/vVERSION/FILE
# CUBIC_INSTALL_DIR   where the program goes; otherwise $XDG_BIN_HOME or ~/.local/bin
#
# All is in functions and the last line calls them, so that a script that was cut short on its way does nothing.
set -eu

# The release workflow writes the address of its own repository here.
published_at='@RELEASES@'

usage() {
  cat <<'END'
Usage: install.sh [--version VERSION] [--dir DIRECTORY] [--completions]

  --version VERSION   this version instead of the newest
  --dir DIRECTORY     where the program goes (or CUBIC_INSTALL_DIR); otherwise ~/.local/bin
  --completions       write completion scripts for bash, zsh and fish, too
END
}

main() {
  version='' dir='' completions='' work='' new=''
  read_arguments "$@"
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  find_releases
  find_platform
  find_directory
  find_tools
  work=$(mktemp -d "${TMPDIR:-/tmp}/cubic-install.XXXXXX")
  fetch_program
  put_in_place
  write_receipt
  [ -z "$completions" ] || write_completions
  say "Installed $("$dir/cubic" --version) as $dir/cubic"
  tell_of_path
  tell_of_qemu
}

say() { printf '%s\n' "$*"; }

# A failure a person can act on: the message, then what to do.
fail() {
  printf 'install.sh: %s\n' "$1" >&2
  shift
  for hint in "$@"; do printf '  %s\n' "$hint" >&2; done
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

clean_up() {
  [ -z "$work" ] || rm -rf "$work"
  [ -z "$new" ] || rm -f "$new"
}

read_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --version | --dir)
        [ $# -ge 2 ] || fail "$1 wants a value" "See: install.sh --help"
        if [ "$1" = --dir ]; then dir=$2; else version=${2#v}; fi
        shift
        ;;
      --completions) completions=yes ;;
      -h | --help) usage && exit 0 ;;
      *) fail "unknown argument: $1" "See: install.sh --help" ;;
    esac
    shift
  done
  case $version in *[!0-9A-Za-z.-]*) fail "no version is called \"$version\"" ;; esac
}

# Sets releases. The digests come from the same server, so it is TLS that tells whose they are.
find_releases() {
  releases=${CUBIC_INSTALL_URL:-$published_at}
  releases=${releases%/}
  case $releases in
    https://* | http://127.0.0.1[:/]* | http://localhost[:/]*) ;;
    @*) fail "this copy of the script does not know where releases are" \
      "Set CUBIC_INSTALL_URL, or take the install.sh that a release has." ;;
    *) fail "cannot install from $releases: only https:// will do" ;;
  esac
}

# Sets os and arch, in the words that the files are called by.
find_platform() {
  os=$(uname -s)
  arch=$(uname -m)
  case $os in
    Linux) os=linux ;;
    Darwin) os=darwin ;;
    *) fail "cannot run on $os: only Linux and macOS will do" ;;
  esac
  # A shell under Rosetta takes the machine for an Intel one.
  if [ "$os" = darwin ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || true)" = 1 ]; then
    arch=arm64
  fi
  case $arch in
    x86_64 | amd64) arch=x86_64 ;;
    aarch64 | arm64) arch=aarch64 ;;
    *) fail "cannot run on $arch: only x86_64 and aarch64 will do" ;;
  esac
  if [ "$os" = linux ] && [ "$(getconf LONG_BIT 2>/dev/null || true)" = 32 ]; then
    fail "cannot run on a 32-bit system"
  fi
}

# Sets dir, and makes sure before the download that it can be written.
find_directory() {
  dir=${dir:-${CUBIC_INSTALL_DIR:-${XDG_BIN_HOME:-}}}
  if [ -z "$dir" ]; then
    [ -n "${HOME:-}" ] || fail "cannot tell where to install: HOME is not set" \
      "Set CUBIC_INSTALL_DIR."
    dir=$HOME/.local/bin
  fi
  case $dir in /*) ;; *) dir=$PWD/$dir ;; esac
  case $dir in *'
'*) fail "cannot install into a directory with a line break in its name" ;; esac
  above=$dir
  while [ ! -e "$above" ]; do above=$(dirname "$above"); done
  trial=$(mktemp -d "$above/.cubic.XXXXXX" 2>/dev/null) || fail "cannot write into $dir" \
    "Name another directory with CUBIC_INSTALL_DIR; root is not needed."
  rmdir "$trial"
  [ ! -d "$dir/cubic" ] || fail "$dir/cubic is a directory" \
    "Name another directory with CUBIC_INSTALL_DIR."
}

find_tools() {
  has curl || has wget || fail "needs curl or wget, and finds neither"
  has sha256sum || has shasum || has openssl ||
    fail "needs sha256sum, shasum or openssl to verify the download, and finds none"
}

fetch_program() {
  if [ -n "$version" ]; then
    download "$releases/download/v$version/SHA256SUMS" "$work/SHA256SUMS" "the digests of version $version"
  else
    download "$releases/latest/download/SHA256SUMS" "$work/SHA256SUMS" "the digests of the newest version"
  fi
  find_file
  say "Downloading $file"
  # By its number: "latest" may be another one by now.
  download "$releases/download/v$version/$file" "$work/cubic" "$file"
  actual=$(digest "$work/cubic")
  [ "$actual" = "$expected" ] || fail "refused $file: its SHA-256 is not the published one" \
    "published: $expected" "received:  $actual" \
    "Try again; if it stays so, the file was tampered with or the server is broken."
}

# Sets version, file and expected from the list of digests.
find_file() {
  lines=$(grep -E "^[0-9a-f]{64} [ *]cubic-[0-9A-Za-z.-]+-$os-$arch\$" "$work/SHA256SUMS" || true)
  if [ -z "$lines" ]; then
    grep -Eq '^[0-9a-f]{64} [ *]' "$work/SHA256SUMS" || fail "what $releases sent is no list of digests" \
      "Is there a proxy or a login page in between?"
    fail "there is no program for $os on $arch in this release"
  fi
  line=$(printf '%s\n' "$lines" | head -n 1)
  expected=${line%% *}
  file=${line#* ?}
  found=${file#cubic-}
  found=${found%"-$os-$arch"}
  [ -z "$version" ] || [ "$version" = "$found" ] || fail "asked for version $version and got $found"
  version=$found
}

# download URL FILE WHAT
download() {
  status=0
  if has curl; then
    curl --proto "=${releases%%:*}" --proto-redir "=${releases%%:*}" -fsSL --connect-timeout 30 \
      --speed-limit 1 --speed-time 60 --retry 2 -o "$2" "$1" || status=$?
  else
    # GNU's would try for hours. BusyBox' gives up by itself, knows no --tries, and where it is linked statically, as
    # Debian's, it crashes with -T.
    limits=''
    if wget --version 2>/dev/null | grep -q GNU; then limits='-T 60 --tries=3'; fi
    # shellcheck disable=SC2086
    wget -q $limits -O "$2" "$1" || status=$?
  fi
  [ "$status" -eq 0 ] || fail "cannot download $3" "$1" \
    "Is the network up, is there such a version, and does the disk have room?"
}

# The SHA-256 of a file; read from stdin, for names with odd characters.
digest() {
  if has sha256sum; then sha256sum <"$1"
  elif has shasum; then shasum -a 256 <"$1"
  else openssl dgst -sha256 -r <"$1"
  fi | cut -c 1-64
}

# In one step: a cubic that runs keeps the old file, and nobody ever sees half of the new one.
put_in_place() {
  mkdir -p "$dir"
  new=$(mktemp "$dir/.cubic.XXXXXX")
  cp "$work/cubic" "$new"
  chmod 755 "$new"
  "$new" --version >/dev/null 2>&1 || fail "the program does not run on this system" \
    "On Linux it needs glibc (Alpine has musl), and everywhere a directory" \
    "that programs may be run from: $dir"
  mv -f "$new" "$dir/cubic"
  new=''
}

# What `cubic upgrade` reads: it replaces no program but the one that is named here.
write_receipt() {
  if [ -z "${HOME:-}" ]; then data=''
  elif [ "$os" = darwin ]; then data="$HOME/Library/Application Support"
  else
    data=${XDG_DATA_HOME:-}
    case $data in /*) ;; *) data=$HOME/.local/share ;; esac
  fi
  if [ -z "$data" ] || ! (
    umask 077
    mkdir -p "$data/cubic"
    printf 'program=%s\nversion=%s\nreleases=%s\n' "$dir/cubic" "$version" "$releases" \
      >"$data/cubic/install-receipt.new"
    mv -f "$data/cubic/install-receipt.new" "$data/cubic/install-receipt"
  ) 2>/dev/null; then
    say "No receipt could be written: \"cubic upgrade\" will not work, run this script again instead."
  fi
}

write_completions() {
  [ -n "${HOME:-}" ] || fail "cannot tell where completions go: HOME is not set"
  shared=${XDG_DATA_HOME:-$HOME/.local/share}
  settings=${XDG_CONFIG_HOME:-$HOME/.config}
  mkdir -p "$shared/bash-completion/completions" "$shared/zsh/site-functions" "$settings/fish/completions"
  "$dir/cubic" completions bash >"$shared/bash-completion/completions/cubic"
  "$dir/cubic" completions zsh >"$shared/zsh/site-functions/_cubic"
  "$dir/cubic" completions fish >"$settings/fish/completions/cubic.fish"
  say "Completions: for bash and fish they are found, for zsh add $shared/zsh/site-functions to fpath."
}

tell_of_path() {
  other=$(command -v cubic || true)
  case ":$PATH:" in
    *":$dir:"*)
      [ "$other" = "$dir/cubic" ] || say "Another cubic comes first on PATH: $other"
      return
      ;;
  esac
  say "$dir is not on PATH. To put it there:"
  # shellcheck disable=SC2016
  case ${SHELL:-} in
    */fish) say "    fish_add_path '$dir'" ;;
    */zsh) say "    echo 'export PATH=\"$dir:\$PATH\"' >> ~/.zshrc" ;;
    */bash) say "    echo 'export PATH=\"$dir:\$PATH\"' >> ~/.bashrc" ;;
    *) say "    echo 'export PATH=\"$dir:\$PATH\"' >> ~/.profile" ;;
  esac
}

# Only says it: what is installed as root is the user's to decide. The names are those of core/programs.ts.
tell_of_qemu() {
  missing=''
  has "qemu-system-$arch" || missing=" QEMU"
  has qemu-img || missing="$missing qemu-img"
  [ -n "$missing" ] || has_firmware || missing=" UEFI firmware"
  if [ -z "$missing" ]; then
    say "Next: cubic doctor"
    return
  fi
  say "Missing to run instances:$missing. To install:"
  say "    $(qemu_command)"
  say "Then: cubic doctor"
}

has_firmware() {
  for place in /usr/share/OVMF /usr/share/AAVMF /usr/share/ovmf /usr/share/qemu-efi-aarch64 /usr/share/edk2 \
    /usr/share/edk2-ovmf /usr/share/qemu/edk2-* /usr/share/qemu/ovmf-* /usr/share/qemu/aavmf-* \
    /opt/homebrew/share/qemu/edk2-* /usr/local/share/qemu/edk2-*; do
    [ ! -e "$place" ] || return 0
  done
  return 1
}

qemu_command() {
  sudo='sudo '
  [ "$(id -u)" -ne 0 ] || sudo=''
  managers='apt-get dnf pacman zypper apk brew'
  [ "$os" = linux ] || managers=brew
  for manager in $managers; do
    has "$manager" || continue
    case $manager-$arch in
      apt-get-x86_64) packages='install -y --no-install-recommends qemu-system-x86 qemu-utils ovmf' ;;
      apt-get-*) packages='install -y --no-install-recommends qemu-system-arm qemu-utils qemu-efi-aarch64' ;;
      dnf-x86_64) packages='install -y qemu-system-x86-core qemu-img edk2-ovmf' ;;
      dnf-*) packages='install -y qemu-system-aarch64-core qemu-img edk2-aarch64' ;;
      pacman-x86_64) packages='-S --needed qemu-system-x86 qemu-img edk2-ovmf' ;;
      pacman-*) packages='-S --needed qemu-system-aarch64 qemu-img edk2-aarch64' ;;
      zypper-x86_64) packages='install -y qemu-x86 qemu-img qemu-ovmf-x86_64' ;;
      zypper-*) packages='install -y qemu-arm qemu-img qemu-uefi-aarch64' ;;
      apk-x86_64) packages='add qemu-system-x86_64 qemu-img ovmf' ;;
      apk-*) packages='add qemu-system-aarch64 qemu-img aavmf' ;;
      *) packages='install qemu' sudo='' ;;
    esac
    printf '%s%s %s\n' "$sudo" "$manager" "$packages"
    return
  done
  say "QEMU, qemu-img and UEFI firmware, with this system's package manager"
}

main "$@"
