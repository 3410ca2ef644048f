/** Asking the guest what a path is: expanded by the guest's own shell, in one round trip. */
import { CubicError } from "../errors.ts";
import type { SshConnection } from "../ssh/client.ts";
import { quoteWord } from "../shell_word.ts";
import { quoteCommand } from "../ssh/quote.ts";
import { SFTP_STATUS, type SftpSession, type SftpStat } from "../ssh/sftp.ts";
import { readAnswer } from "./guest_answer.ts";
import { printable } from "./printable.ts";

/** What is at a path in the guest. */
export interface GuestPath {
  /** Absolute; symbolic links at the end are resolved. */
  readonly path: string;
  readonly kind: "file" | "directory" | "other" | "missing";
  readonly size: number;
  /** Permission bits of what is there. */
  readonly mode: number;
  /** When it was changed, in whole seconds since 1970; 0 when unknown. */
  readonly mtime: number;
  /** Blocks of 512 bytes that it takes; null when unknown. */
  readonly blocks: number | null;
  /** True when the path given was a directory and this is the name inside it. */
  readonly inside: boolean;
  readonly readable: boolean;
  readonly parentExists: boolean;
  /** True when a file there can be replaced by renaming another one over it. */
  readonly replaceable: boolean;
}

/**
 * Finds out what is at a path; with `name`, at that name inside it when it is a directory. An empty path is the
 * home directory, a relative one starts there, `~` and `~user` are the guest's. Nothing else of the path is
 * expanded, and no part of it can run.
 * @throws CubicError "ssh-failed" when the guest runs neither commands nor SFTP, "transfer-failed" when its
 * answer has no end or does not come.
 */
export async function inspectGuestPath(
  connection: SshConnection,
  path: string,
  name?: string,
): Promise<GuestPath> {
  return await askShell(connection, path, name) ?? await askSftp(connection, path, name);
}

const MARKER = "cubic-path";

/** What start-up files print may come before the answer. */
const LIMITS = { bytes: 1024 * 1024 };

/**
 * Fields end with NUL because a path may hold line ends. `stat -c` is GNU and busybox, `stat -f` BSD. A marker
 * comes first: start-up files of the account's shell may print things.
 */
const SCRIPT = `
case $p in /*) ;; *) p=$PWD/$p ;; esac
while case $p in ?*/) ;; *) false ;; esac; do p=\${p%/}; done
i=no; if [ -n "$n" ] && [ -d "$p" ]; then p=\${p%/}/$n; i=yes; fi
if [ -L "$p" ] && l=$(readlink -f -- "$p" 2>/dev/null) && [ -n "$l" ]; then p=$l; fi
d=\${p%/*}; d=\${d:-/}; k=missing; f='0 0'; r=no; w=no; e=no
if [ -d "$p" ]; then k=directory; elif [ -f "$p" ]; then k=file; elif [ -e "$p" ]; then k=other; fi
if [ $k = file ]; then
  f=$(stat -c '%s %a %Y %b' -- "$p" 2>/dev/null || stat -f '%z %Lp %m %b' -- "$p")
fi
if [ -r "$p" ]; then r=yes; fi
if [ -d "$d" ]; then e=yes; fi
if [ -w "$d" ]; then if [ $k = missing ] || { [ $k = file ] && [ -O "$p" ]; }; then w=yes; fi; fi
printf '${MARKER}\\000%s\\000%s\\000%s\\000%s\\000%s\\000%s\\000%s\\000' "$k" "$f" "$r" "$e" "$w" "$i" "$p"
`;

async function askShell(
  connection: SshConnection,
  path: string,
  name = "",
): Promise<GuestPath | undefined> {
  const script = `${assignment(path)}; n=${quoteWord(name)}${SCRIPT}`;
  const process = await connection.start(quoteCommand(["sh", "-c", script]));
  process.end();
  const stdout = await readAnswer(process, `look at "${printable(path)}"`, LIMITS);
  return parseAnswer(stdout);
}

/** Reads the script's answer; undefined when it is none. Exported for its tests. */
export function parseAnswer(text: string): GuestPath | undefined {
  const start = text.lastIndexOf(`${MARKER}\0`);
  if (start === -1) return undefined;
  const [, kind, facts, readable, parent, replaceable, inside, path] = text.slice(start).split(
    "\0",
  );
  if (kind !== "file" && kind !== "directory" && kind !== "other" && kind !== "missing") {
    return undefined;
  }
  if (!path?.startsWith("/")) return undefined;
  const [size, mode, mtime, blocks] = (facts ?? "").split(" ");
  return {
    path,
    kind,
    size: Number(size) || 0,
    mode: parseInt(mode ?? "", 8) || 0,
    mtime: Number(mtime) || 0,
    blocks: /^\d+$/.test(blocks ?? "") ? Number(blocks) : null,
    inside: inside === "yes",
    readable: readable === "yes",
    parentExists: parent === "yes",
    replaceable: replaceable === "yes",
  };
}

/** `p=…` for the script: only a well-formed `~/` or `~user/` stands outside the quotes. */
function assignment(path: string): string {
  const [, tilde, rest] = path.match(/^(~(?:[a-z_][a-z0-9_-]*)?)(\/.*)?$/s) ?? [];
  if (tilde === undefined) return `p=${quoteWord(path)}`;
  return `p=${tilde}/${quoteWord((rest ?? "").slice(1))}`;
}

/** For guests that serve SFTP and nothing else. */
async function askSftp(
  connection: SshConnection,
  typed: string,
  name: string | undefined,
): Promise<GuestPath> {
  if (/^~[^/]/.test(typed)) {
    throw new CubicError("transfer-failed", `Cannot expand "${typed}": the guest runs no shell`, {
      hint: "Write the whole path, starting with a slash.",
    });
  }
  using sftp = await connection.sftp();
  const relative = typed.replace(/^~(\/|$)/, "").replace(/(?<=.)\/+$/, "");
  let path = relative.startsWith("/") ? relative : `${await sftp.realpath(".")}/${relative}`;
  path = path.replace(/(?<=.)\/$/, "");
  let stat = await statIfThere(sftp, path);
  const inside = name !== undefined && fileType(stat) === "directory";
  if (inside) {
    path = `${path.replace(/\/$/, "")}/${name}`;
    stat = await statIfThere(sftp, path);
  }
  const kind = fileType(stat);
  return {
    path: stat ? await sftp.realpath(path) : path,
    kind,
    size: stat?.size ?? 0,
    mode: (stat?.mode ?? 0) & 0o7777,
    mtime: stat?.mtime ?? 0,
    blocks: null,
    inside,
    readable: true,
    parentExists: await statIfThere(sftp, path.replace(/\/[^/]*$/, "") || "/") !== undefined,
    replaceable: kind === "file" || kind === "missing",
  };
}

function fileType(stat: SftpStat | undefined): GuestPath["kind"] {
  if (!stat) return "missing";
  const type = stat.mode & 0o170000;
  return type === 0o040000 ? "directory" : type === 0o100000 ? "file" : "other";
}

async function statIfThere(sftp: SftpSession, path: string): Promise<SftpStat | undefined> {
  try {
    return await sftp.stat(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === SFTP_STATUS.noSuchFile) {
      return undefined;
    }
    throw error;
  }
}
