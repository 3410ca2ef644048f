/** What the stream route runs in the guest. POSIX shell, and of tar only what GNU, busybox and BSD share. */

/**
 * Which tar it is, and the locale it needs: BSD's drops names that its locale has no letters for. The marker comes
 * later, but before anything of ours: start-up files of the account's shell may print things.
 */
const PROBE = `
k=none; l=C
if command -v tar >/dev/null 2>&1; then
  k=other; case $(LC_ALL=C tar --version 2>&1) in *GNU*) k=gnu ;; *bsdtar*) k=bsd l=C.UTF-8 ;; esac
fi`;

/** The status of {@linkcode UNPACK} when nothing was put in its place. */
export const UNPACK_FAILED = 9;

/**
 * Makes a hidden directory \`$2\` beside the place \`$1\` of a tree, for what is to be moved there. Whatever ends the
 * script, that directory goes away.
 */
export const STAGE = `
t=$1; b=\${t%/*}; if [ -d "$t" ]; then b=$t; fi
s=\${b%/}/$2
trap 'rm -rf "$s"' EXIT
trap 'exit ${UNPACK_FAILED}' HUP INT TERM
trap '' PIPE
u=$(umask); umask 077; mkdir "$s" || exit ${UNPACK_FAILED}`;

/**
 * Moves the tree \`t\` out of the hidden directory to its place, without the files of the list \`dropped\`, which did not
 * arrive whole; nothing of it when there is no \`end\`. Files are moved many at a time; a directory that is there already
 * is gone into, a link to one is not. After anything that could not be moved \`dirs\` is left alone: tar would make room
 * for its directories. A list \`new\` has directories that get a mode of their own if they are new: what was merged or
 * left out is still a directory in \`t\` after the move. The hidden directory goes before \`dirs\`, since it may be inside
 * of one that loses the right to write there, or gets an old time.
 */
export const PLACE = `
if [ ! -f "$s/end" ]; then echo 'the stream was cut' >&2; exit ${UNPACK_FAILED}; fi
if [ -f "$s/dropped" ]; then (cd "$s" && xargs -0 rm -f <dropped) || exit ${UNPACK_FAILED}; fi
f=0
both() { [ -d "$1" ] && [ ! -L "$1" ] && [ -d "$2/\${1##*/}" ] && [ ! -L "$2/\${1##*/}" ]; }
merge() {
  for e in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    if both "$e" "$2"; then merge "$e" "$2/\${e##*/}"; fi
  done
  x=$1 d=$2; set --
  for e in "$x"/* "$x"/.[!.]* "$x"/..?*; do
    if both "$e" "$d"; then continue; fi
    if [ -e "$e" ] || [ -L "$e" ]; then set -- "$@" "$e"; fi
    if [ $# -ge 200 ]; then mv -f "$@" "$d/" || f=1; set --; fi
  done
  if [ $# -gt 0 ]; then mv -f "$@" "$d/" || f=1; fi
}
if [ -d "$s/t" ] && [ -d "$t" ]; then merge "$s/t" "$t"
elif [ -d "$t" ] || { [ -d "$s/t" ] && [ -e "$t" ]; }; then
  echo "$t is in the way" >&2; exit ${UNPACK_FAILED}
else mv -f "$s/t" "$t" || exit ${UNPACK_FAILED}; fi
if [ -f "$s/new" ]; then
  export s t
  xargs -0 -n 2 sh -c '[ -d "$s/t$1" ] || chmod "$0" "$t$1"' <"$s/new" || f=1
fi
if [ -f "$s/dirs" ]; then exec 3<"$s/dirs"; d=1; else d=0; fi
if [ -f "$s/modes" ]; then exec 4<"$s/modes"; m=1; else m=0; fi
rm -rf "$s"
if [ $d = 1 ]; then
  if [ $f = 1 ]; then echo 'directories were not given their modes and times' >&2
  else LC_ALL=$l tar -x -p -o -f - -C "$t" <&3 || f=1; fi
fi
if [ $m = 1 ] && [ $f = 0 ]; then xargs -0 -n 2 chmod <&4 || f=1; fi
exit $f`;

/**
 * Unpacks its input in the hidden directory. The input has the tree as \`t\`, perhaps an archive \`dirs\` of directories
 * with their last modes and times, perhaps a list \`modes\` of those that only GNU tar sets for others than root, perhaps
 * \`dropped\`, and at the very end \`end\`.
 */
export const UNPACK = `${STAGE}
${PROBE}
printf 'cubic-stream\\000%s\\000%s\\000%s\\000' $k "$u" "$(date +%s)"
if [ $k = none ]; then exit ${UNPACK_FAILED}; fi
umask 0; LC_ALL=$l tar -x -p -o -f - -C "$s" || exit ${UNPACK_FAILED}
${PLACE}`;

/**
 * Packs \`$2\` in directory \`$1\`; with a third argument only the names on its input, which end with NUL, where its tar
 * can do that. Names of GNU tar's messages are left as they are.
 */
export const PACK = `
${PROBE}
o=
case $k in
  gnu)
    o='--format=pax --pax-option=delete=atime,delete=ctime --hard-dereference --quoting-style=literal -S'
    if [ -n "$3" ]; then set -- "$1" --no-recursion --null -T -; else set -- "$1" "$2"; fi ;;
  bsd)
    o='--format=pax --no-xattrs --no-acls --no-fflags'
    if [ -n "$3" ]; then set -- "$1" -n --null -T -; else set -- "$1" "$2"; fi ;;
  *) set -- "$1" "$2" ;;
esac
printf 'cubic-stream\\000%s\\000' $k
if [ $k = none ]; then exit 9; fi
cd "$1" || exit 9
shift
exec env LC_ALL=$l tar -c $o -f - "$@"`;
