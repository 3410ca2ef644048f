/**
 * What the block route runs in the guest: POSIX shell, and dd as GNU and busybox have it. The scripts talk with us line
 * by line; what they say begins with a marker, since start-up files of the account's shell may print things.
 *
 * Only a loop of dd runs as root, and only to reach the disk: the file it reads or writes is opened by the user's own shell
 * and handed to it, so that no right is gained.
 */

/** What every line that a script says begins with. */
export const MARKER = "cubic-block ";

/**
 * Looks for the disk, a tenth of a second apart: it comes within ten seconds or not at all. Both are counted, since a
 * look may take a second in a busy guest, and the guest's clock may be set meanwhile.
 */
const POLLS = 100;
const SECONDS = 10;

/**
 * `no` ends a script of which nothing is left, so that another route may be tried; `broke` after bytes were moved. `find`
 * looks for the disk: `$1` its serial, `$2` its sectors of 512 bytes, `$3` 1 when it must be read-only.
 */
const COMMON = `
LC_ALL=C; export LC_ALL
trap '' PIPE
say() { printf '${MARKER}%s\\n' "$1"; }
no() { say "no $1"; exit 9; }
broke() { say "broke $1"; exit 9; }
s='sudo -n'; if [ "$(id -u)" = 0 ]; then s=; fi
ask='bs=2 count=2 skip=1 iflag=fullblock,count_bytes,skip_bytes oflag=seek_bytes seek=0'
need() {
  if [ ! -d /sys/block ]; then no 'the guest has no /sys/block'; fi
  c=,sparse; x=$(printf abcd | dd $ask conv=notrunc,sparse 2>/dev/null)
  if [ "$x" != bc ]; then c=; x=$(printf abcd | dd $ask 2>/dev/null); fi
  if [ "$x" != bc ]; then no 'dd in the guest does not count bytes'; fi
  if ! $s true 2>/dev/null; then no 'the user may not use sudo without a password'; fi
}
find() {
  i=0 since=$(date +%s)
  while [ $i -lt ${POLLS} ] && [ $(($(date +%s) - since)) -le ${SECONDS} ]; do
    for b in /sys/block/vd*; do
      v=; read -r v <"$b/serial" || :
      if [ "$v" = "$1" ]; then
        d=/dev/\${b##*/}; read -r r <"$b/ro"; read -r z <"$b/size"
        if [ "$r" != "$3" ]; then no 'the disk is not as it was plugged in'; fi
        if [ "$z" = "$2" ] && [ -b "$d" ]; then return; fi
      fi
    done 2>/dev/null
    i=$((i + 1)); sleep 0.1 2>/dev/null || sleep 1
  done
  no 'the disk did not come up in the guest'
}
ranges() {
  r=
  while read -r o n && [ "$o" != end ]; do r="$r $o $n"; done
}
firstline() { e=$(printf '%s\n' "$e" | sed '/ records /d; / copied/d; s/^dd: //' | head -n 1); }
`;

/** Flags for dd: past both page caches where that works, which spares an emulated guest two copies of each byte. */
const FLAGS = `
if [ -n "$direct" ]; then in=direct,count_bytes,skip_bytes out=direct,seek_bytes
else in=fullblock,count_bytes,skip_bytes out=seek_bytes; fi`;

/**
 * What runs as root. The disk is opened once, for reading, which makes no file where it has gone away, and must still have
 * its serial after that: another one may have its name by now.
 */
const OPEN_DISK = 'd=$1 in=$3 out=$4 c=$5 at=0; exec 3<"$d" || exit; ' +
  'v=; read -r v <"/sys/block/${d##*/}/serial"; if [ "$v" != "$2" ]; then echo "the disk is gone"; exit 1; fi; shift 5; ';

/**
 * A dd for each range. The file is its standard input or output, whose place it moves on from, so that there the way from
 * the end of the range before is told.
 */
const READ_DISK = OPEN_DISK +
  "while [ $# -gt 1 ]; do dd if=/proc/self/fd/3 bs=1M iflag=$in oflag=$out skip=$1 " +
  "seek=$(($1 - at)) count=$2 conv=notrunc$c || exit; at=$(($1 + $2)); shift 2; done";
const WRITE_DISK = OPEN_DISK +
  "while [ $# -gt 1 ]; do dd of=/proc/self/fd/3 bs=1M iflag=$in oflag=$out seek=$1 " +
  "skip=$(($1 - at)) count=$2 conv=notrunc,fsync$c || exit; at=$(($1 + $2)); shift 2; done";

/**
 * Copies ranges of the disk into a file. Arguments: the temporary file, the target, a mode in octal, and "yes" to have
 * the umask applied. It says `ready`, reads serial, sectors and size, says `found`, reads ranges up to `end`, says `copied`,
 * and only puts the file under its name when it is told `commit`. Whatever ends it, the temporary file goes away.
 */
export const FROM_DISK = `${COMMON}
p=$1 t=$2 m=$3 u=$4
need
trap 'rm -f "$p"' EXIT; trap 'exit 9' HUP INT TERM
if ! (umask 077; set -C; : >"$p") 2>/dev/null; then no 'no file can be made there'; fi
say ready
read -r serial sectors size || exit 9
find "$serial" "$sectors" 1
resize() { dd if=/dev/null of="$p" bs=1 count=0 seek="$size" 2>&1; }
e=$(resize) || { firstline; no "$e"; }
direct=; if dd if=/dev/zero of="$p" bs=4096 count=1 oflag=direct conv=notrunc 2>/dev/null; then direct=y; fi
${FLAGS}
say found
ranges
e=$($s sh -c '${READ_DISK}' sh "$d" "$serial" $in $out "$c" $r 2>&1 </dev/null 1<>"$p") || { firstline; broke "$e"; }
e=$(resize) || { firstline; broke "$e"; }
say copied
read -r go || go=
if [ "$go" != commit ]; then exit 9; fi
if [ "$u" = yes ]; then m=$(printf %o $((0$m & ~0$(umask)))); fi
e=$(chmod "$m" "$p" 2>&1 && mv -f "$p" "$t" 2>&1) || { firstline; broke "$e"; }
say done`;

/**
 * Where a file has data, a line each, and then "all". Cloud-init is written in Python, so that is nearly always there;
 * ENXIO (6) is for a file that ends with a hole.
 */
const EXTENTS = `import os, sys
f = os.open(sys.argv[1], os.O_RDONLY)
n = os.fstat(f).st_size
a = 0
try:
    while a < n:
        a = os.lseek(f, a, os.SEEK_DATA)
        b = os.lseek(f, a, os.SEEK_HOLE)
        print(a, b - a)
        a = b
except OSError as e:
    if e.errno != 6:
        raise
print("all")`;

/**
 * Copies ranges of a file to the disk. Arguments: the file, and how much of its beginning and its end to show first. It
 * says `file` with its facts, sends that many bytes, says `extents` and where it has data, a line each, up to `end`; reads
 * serial and sectors, says `found`, reads ranges up to `end`, and says `copied` with the facts again.
 */
export const TO_DISK = `${COMMON}
f=$1
facts() { stat -L -c '%s %b %Y %y' -- "$f" 2>/dev/null; }
need
if [ ! -f "$f" ] || [ ! -r "$f" ]; then no 'it is no file that can be read'; fi
a=$(facts) || no 'stat in the guest is not as expected'
say "file $a"
head -c "$2" <"$f"; tail -c "$3" <"$f"
say extents
size=\${a%% *}; b=\${a#* }; b=\${b%% *}
if [ $((b * 512)) -lt "$size" ]; then
  python3 -c '${EXTENTS}' "$f" 2>/dev/null | head -n 20000 || :
else echo "0 $size"; echo all; fi
echo end
read -r serial sectors size || exit 9
find "$serial" "$sectors" 0
direct=; if dd if="$f" of=/dev/null bs=4096 count=1 iflag=direct 2>/dev/null; then direct=y; fi
${FLAGS}
say found
ranges
e=$($s sh -c '${WRITE_DISK}' sh "$d" "$serial" $in $out "$c" $r 2>&1 <"$f") || { firstline; broke "$e"; }
say "copied $(facts)"`;
