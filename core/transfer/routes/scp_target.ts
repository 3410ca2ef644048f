/**
 * Trees into a guest by the records of the legacy SCP protocol, for guests with neither tar nor SFTP. Strict: each record
 * waits for the answer to the one before. SCP has no word for links, for names with a line end, or for times before 1970.
 */
import { posix } from "node:path";
import { CubicError, interrupted } from "../../errors.ts";
import { sleep } from "../../host.ts";
import type { SshConnection } from "../../ssh/client.ts";
import { exitCode } from "../../ssh/process.ts";
import { quoteCommand } from "../../ssh/quote.ts";
import { guestFailure } from "../guest_failure.ts";
import { printable } from "../printable.ts";
import { timesRecord, treeRecord } from "../scp_records.ts";
import { dataLength, type FileEntry, pieces, type TreeEntry, type TreeTarget } from "../tree.ts";
import { MARKER, ScpSession } from "./scp_session.ts";
import type { StreamOptions, StreamResult } from "./stream.ts";
import { PLACE, STAGE, UNPACK_FAILED } from "./stream_scripts.ts";

const SINK = `${STAGE}
umask "$u"
echo ${MARKER}
command -v scp >/dev/null || exit 127
scp -r \${3:+-p} -t "$s" || exit ${UNPACK_FAILED}
${PLACE}`;

const OK = Uint8Array.of(0);
const END = new TextEncoder().encode("E\n");
const ZEROS = new Uint8Array(256 * 1024);

/** Milliseconds that an aborted copy may take to remove what it has made. */
const TIDY_MS = 5000;

/** Opens a place in the guest for a tree; `path` is absolute and its directory is there. */
export async function openScpTarget(
  connection: SshConnection,
  path: string,
  options: StreamOptions,
): Promise<StreamResult<TreeTarget>> {
  const { preserve, signal } = options;
  const stage = `.cubic-${crypto.randomUUID().slice(0, 8)}.part`;
  const words = ["sh", "-c", SINK, "sh", path, stage, preserve ? "p" : ""];
  const process = await connection.start(quoteCommand(words));
  const onAbort = (): void => process.close();
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  const scp = new ScpSession(process);
  const ready = await scp.reader.skipPast(MARKER);
  const ack = ready ? await scp.reader.ack() : undefined;
  if (ack?.kind === "ok") return { kind: "ready", value: scpTarget(scp, path, options) };
  const result = ack ? await scp.refused(ack) : await scp.missing();
  process.close();
  return result;
}

function scpTarget(
  scp: ScpSession,
  path: string,
  { preserve, warn, signal }: StreamOptions,
): TreeTarget {
  /** The paths of the directories that are open, from the root on. */
  const open: string[] = [];
  const leftOut = new Set<string>();
  const modes: string[] = [];
  const dropped: string[] = [];
  const send = async (record: Uint8Array): Promise<void> => {
    await scp.process.write(record);
    const ack = await scp.reader.ack();
    if (ack.kind === "ok") return;
    throw signal.aborted ? interrupted() : guestFailure(path, await scp.reason(ack));
  };
  const leaveUntil = async (parent: string | undefined): Promise<void> => {
    while (open.length > 0 && open.at(-1) !== parent) {
      await send(END);
      open.pop();
    }
  };
  const sendFile = async (name: string, mode: number, file: FileData): Promise<void> => {
    await send(treeRecord("C", name, { mode, size: file.size }));
    for await (const piece of withoutHoles(file)) {
      if (!await scp.process.write(piece)) break;
    }
    await send(OK);
  };
  const skip = (entry: TreeEntry, why: string): void => {
    leftOut.add(entry.path);
    warn(`Skipped "${printable(entry.path)}": ${why}`);
  };
  const put = async (entry: TreeEntry): Promise<void> => {
    const parent = entry.path === "" ? undefined : parentOf(entry.path);
    if (parent !== undefined && leftOut.has(parent)) return void leftOut.add(entry.path);
    const name = entry.path === "" ? "t" : posix.basename(entry.path);
    if (name.includes("\n")) return skip(entry, "SCP can't carry a name with a line end");
    if (entry.kind === "symlink") return skip(entry, "SCP can't carry a link");
    if (entry.kind === "hardlink") {
      throw new CubicError("transfer-failed", `Cannot copy "${entry.path}": it is a hard link`);
    }
    await leaveUntil(parent);
    if (preserve) await send(timesRecord(entry.mtime));
    if (entry.kind === "file") return await sendFile(name, entry.mode, entry);
    // It gets its own mode when it has been filled and moved, both of which need rights.
    await send(treeRecord("D", name, { mode: entry.mode | 0o700, size: 0 }));
    open.push(entry.path);
    const missing = ["r", "w", "x"].filter((_, bit) => (entry.mode & (0o400 >> bit)) === 0);
    if (missing.length > 0) {
      const full = entry.path === "" ? path : `${path}/${entry.path}`;
      modes.unshift(`u-${missing.join("")}\0${full}\0`);
    }
  };
  const commit = async (): Promise<void> => {
    await leaveUntil(undefined);
    for (const [name, lines] of Object.entries({ modes, dropped })) {
      if (lines.length > 0) await sendFile(name, 0o600, textData(lines.join("")));
    }
    // Without its last file the stream was cut, which scp itself takes for its end.
    await sendFile("end", 0o600, textData(""));
    scp.process.end();
    const code = exitCode(await scp.process.status);
    if (code === 0) return;
    const said = await scp.complaints();
    if (code === UNPACK_FAILED) throw guestFailure(path, said[0] ?? "it was cut off");
    for (const line of said) warn(`The guest says: ${line}`);
  };
  return {
    path,
    put,
    // deno-lint-ignore require-await -- what is done with it waits for the end
    async drop(inner) {
      dropped.push(`t/${inner}\0`);
    },
    commit,
    async discard() {
      // The end of its input makes the script tidy up, which takes a moment.
      scp.process.end();
      await Promise.race([scp.process.status, sleep(TIDY_MS)]);
      scp.process.close();
    },
  };
}

type FileData = Pick<FileEntry, "size" | "extents" | "data">;

function textData(text: string): FileData {
  const data = new TextEncoder().encode(text);
  const { length } = data;
  return { size: length, extents: length === 0 ? [] : [{ offset: 0, length }], data };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** All bytes of a file, with zeros for its holes. */
async function* withoutHoles({ size, extents, data }: FileData): AsyncGenerator<Uint8Array> {
  if (dataLength(extents) === size) return yield* pieces(data);
  let at = 0;
  const zerosTo = function* (end: number): Generator<Uint8Array> {
    while (at < end) {
      const piece = ZEROS.subarray(0, end - at);
      at += piece.length;
      yield piece;
    }
  };
  const rest = extents.values();
  let extent = rest.next().value;
  for await (let piece of pieces(data)) {
    while (piece.length > 0 && extent) {
      yield* zerosTo(extent.offset);
      const part = piece.subarray(0, extent.offset + extent.length - at);
      at += part.length;
      yield part;
      piece = piece.subarray(part.length);
      if (at === extent.offset + extent.length) extent = rest.next().value;
    }
  }
  yield* zerosTo(size);
}
