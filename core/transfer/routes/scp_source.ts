/**
 * Trees out of a guest by the records of the legacy SCP protocol, for guests with neither tar nor SFTP. The guest's scp
 * follows links, and has no word for a sticky bit or for times before 1970.
 */
import { CubicError } from "../../errors.ts";
import type { SshConnection } from "../../ssh/client.ts";
import { quoteCommand } from "../../ssh/quote.ts";
import { guestFailure } from "../guest_failure.ts";
import { printable } from "../printable.ts";
import { parseTreeRecord } from "../scp_records.ts";
import { type ShrunkEntry, type TreeEntry, wholeFile } from "../tree.ts";
import { MARKER, ScpSession } from "./scp_session.ts";
import type { GuestTree, StreamOptions, StreamResult } from "./stream.ts";

const SOURCE = `echo ${MARKER}; command -v scp >/dev/null || exit 127; exec scp -r -p -f "$1"`;
const OK = Uint8Array.of(0);
const PIECE = 256 * 1024;

/** Read in one go: what goes wrong in the middle of one then costs only that one. */
const SMALL_FILE = 128 * 1024;

/** scp follows links, and one may lead back to where it is; Linux itself ends that only after 40 of them. */
const DEEPEST = 32;

/** Begins to read a tree or a file of the guest; `path` is absolute. */
export async function openScpTree(
  connection: SshConnection,
  path: string,
  kind: "directory" | "file",
  { warn, signal }: StreamOptions,
): Promise<StreamResult<GuestTree>> {
  const process = await connection.start(quoteCommand(["sh", "-c", SOURCE, "sh", path]));
  const onAbort = (): void => process.close();
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  const close = (): void => {
    signal.removeEventListener("abort", onAbort);
    process.close();
  };
  const scp = new ScpSession(process);
  if (!await scp.reader.skipPast(MARKER)) {
    close();
    return await scp.missing();
  }
  await process.write(OK);
  const first = await scp.reader.line();
  if (first === undefined) {
    const result = await scp.refused({ kind: "end" });
    close();
    return result;
  }
  const entries = readTree(scp, path, kind, first, warn);
  return { kind: "ready", value: { entries, [Symbol.dispose]: close } };
}

/** What is between the beginning and the end of the root. */
async function* readTree(
  scp: ScpSession,
  root: string,
  kind: "directory" | "file",
  first: string,
  warn: StreamOptions["warn"],
): AsyncGenerator<TreeEntry | ShrunkEntry> {
  const { reader, process } = scp;
  const open: string[] = [];
  let line: string | undefined = first;
  let mtime = 0;
  /** Directories under one whose name can't be kept. */
  let skipping = 0;
  for (;; line = await reader.line()) {
    if (line === undefined) throw guestFailure(root, await scp.reason({ kind: "end" }));
    const record = parseTreeRecord(line);
    if (!record) throw refused(line);
    if (record.kind === "complaint") {
      // The root itself: nothing else will come.
      if (open.length === 0) throw guestFailure(root, record.text);
      warn(`The guest says: ${record.text}`);
      continue;
    }
    await process.write(OK);
    if (record.kind === "times") mtime = record.mtime;
    else if (record.kind === "end") {
      if (open.pop() === undefined) throw refused(line);
      skipping = Math.max(0, skipping - 1);
      if (open.length === 0) break;
    } else {
      if (open.length === 0 && record.kind !== kind) throw refused(line);
      const path = open.length === 0 ? "" : [...open.slice(1), record.name].join("/");
      const bad = open.length > 0 && (skipping > 0 || !canKeep(record.name, path, warn));
      const { mode, size } = record.facts;
      if (record.kind === "directory") {
        if (open.length >= DEEPEST) throw tooDeep(path);
        open.push(record.name);
        if (bad) skipping++;
        else yield { kind: "directory", path, mode, mtime };
      } else {
        yield* readFile(scp, { path, mode, mtime, size }, bad, warn);
        if (open.length === 0) break;
      }
    }
  }
  await scp.finish(root, true);
}

interface FileFacts {
  readonly path: string;
  readonly mode: number;
  readonly mtime: number;
  readonly size: number;
}

async function* readFile(
  scp: ScpSession,
  { size, ...facts }: FileFacts,
  bad: boolean,
  warn: StreamOptions["warn"],
): AsyncGenerator<TreeEntry | ShrunkEntry> {
  const { reader, process } = scp;
  let left = size;
  const body = async function* (): AsyncGenerator<Uint8Array> {
    while (left > 0) {
      const piece = await reader.some(Math.min(left, PIECE));
      if (!piece) throw guestFailure(facts.path, await scp.reason({ kind: "end" }));
      left -= piece.length;
      yield piece;
    }
  };
  const end = async (): Promise<string | undefined> => {
    const ack = await reader.ack();
    if (ack.kind === "end" || ack.kind === "garbage") {
      throw guestFailure(facts.path, await scp.reason(ack));
    }
    await process.write(OK);
    return ack.kind === "refused" ? ack.message : undefined;
  };
  if (bad || size <= SMALL_FILE) {
    const data = new Uint8Array(bad ? 0 : size);
    let at = 0;
    for await (const piece of body()) {
      if (!bad) data.set(piece, at);
      at += piece.length;
    }
    const complaint = await end();
    if (complaint !== undefined) warn(`Skipped "${printable(facts.path)}": ${complaint}`);
    else if (!bad) yield { ...facts, kind: "file", size, extents: wholeFile(size), data };
    return;
  }
  yield { ...facts, kind: "file", size, extents: wholeFile(size), data: body() };
  // Left out by whoever takes the entries: what comes after it has to be found.
  for await (const _ of body());
  const complaint = await end();
  // Where it could not be read to its end it was filled up with zeros.
  if (complaint !== undefined) yield { kind: "shrunk", path: facts.path };
}

/** A name that arrived as it is in the guest. */
function canKeep(name: string, path: string, warn: StreamOptions["warn"]): boolean {
  const why = name.includes("\ufffd")
    ? "its name is not UTF-8"
    : name.includes("\\^J")
    ? "SCP can't carry a name with a line end"
    : undefined;
  if (why !== undefined) warn(`Skipped "${printable(path)}": ${why}`);
  return why === undefined;
}

function tooDeep(path: string): CubicError {
  return new CubicError(
    "transfer-failed",
    `Cannot copy "${printable(path)}": more than ${DEEPEST} directories are in one another`,
    { hint: "scp follows links, and one may lead back. Install tar in the guest: it keeps them." },
  );
}

function refused(line: string): CubicError {
  return new CubicError(
    "transfer-failed",
    `Cannot copy from the guest: its scp sent "${printable(line).slice(0, 80)}"`,
  );
}
