/**
 * Trees as one tar stream through a command in the guest: one round trip for any number of files. Into the guest
 * it is unpacked in a hidden directory beside its place and moved from there; the guest's own tar does the work.
 */
import { CubicError, interrupted } from "../../errors.ts";
import { sleep } from "../../host.ts";
import type { SshConnection } from "../../ssh/client.ts";
import type { ExitStatus, RemoteProcess } from "../../ssh/process.ts";
import { quoteCommand } from "../../ssh/quote.ts";
import { guestFailure } from "../guest_failure.ts";
import type { Warn } from "../listing.ts";
import { printable } from "../printable.ts";
import { type ByteReader, byteReader } from "../tar/bytes.ts";
import { cutMembers, isAboutCut, MOST_COMPLAINTS } from "../tar/complaints.ts";
import { membersToTree } from "../tar/members.ts";
import { readTar } from "../tar/reader.ts";
import { type TarDialect, tarWriter } from "../tar/writer.ts";
import {
  type DirectoryEntry,
  type ShrunkEntry,
  type TreeEntry,
  type TreeSource,
  type TreeTarget,
} from "../tree.ts";
import { finishingArchive, isHard, modeAndPath, textFile } from "./stream_notes.ts";
import { PACK, UNPACK, UNPACK_FAILED } from "./stream_scripts.ts";

/** What both ends of a stream are given. */
export interface StreamOptions {
  readonly preserve: boolean;
  readonly warn: Warn;
  readonly signal: AbortSignal;
}

/** A stream's end in the guest, or why there is none; nothing was written then. */
export type StreamResult<T> =
  | { readonly kind: "ready"; readonly value: T }
  | { readonly kind: "unavailable"; readonly reason: string };

/** Milliseconds that an aborted stream may take to remove what it has unpacked. */
const TIDY_MS = 5000;

const MARKER = "cubic-stream\0";

/** Opens a place in the guest for a tree; `path` is absolute and its directory is there. */
export async function openGuestTarget(
  connection: SshConnection,
  path: string,
  options: StreamOptions,
): Promise<StreamResult<TreeTarget>> {
  const id = crypto.randomUUID().slice(0, 8);
  const command = quoteCommand(["sh", "-c", UNPACK, "sh", path, `.cubic-${id}.part`]);
  const session = await startSession(connection, command, options.signal);
  const greeting = await session.greeting(3);
  if (!greeting) return await session.unavailable();
  const [tar = "", umask = "", now = ""] = greeting;
  if (tar === "none") return await session.unavailable("tar is not installed in the guest");
  const dialect: TarDialect = tar === "gnu" || tar === "bsd" ? "pax" : "gnu";
  const clock = { umask: parseInt(umask, 8) || 0o022, now: Number(now) || 0 };
  return { kind: "ready", value: guestTarget(session, path, { tar, dialect, ...clock }, options) };
}

function guestTarget(
  session: StreamSession,
  path: string,
  guest: { tar: string; dialect: TarDialect; umask: number; now: number },
  { preserve, warn }: StreamOptions,
): TreeTarget {
  const { dialect, umask, now } = guest;
  const special = new Map<string, string>();
  const dropped: string[] = [];
  const send = async (bytes: Uint8Array): Promise<void> => {
    if (!await session.process.write(bytes)) throw await session.failure(path);
  };
  const archive = tarWriter(send, dialect);
  const directories: DirectoryEntry[] = [];
  const shown = <T extends TreeEntry>(entry: T): T =>
    preserve ? entry : { ...entry, mode: entry.mode & 0o777 & ~umask, mtime: now };
  return {
    path,
    async put(entry) {
      const name = entry.path === "" ? "t" : `t/${entry.path}`;
      const last = shown(entry);
      if (guest.tar !== "gnu" && isHard(last) && (preserve || entry.kind !== "directory")) {
        special.set(entry.path, `${last.mode.toString(8)}\0${path}${name.slice(1)}\0`);
      }
      if (entry.kind !== "directory") return await archive.add(last, name);
      // It gets its own mode when it has been filled and moved, both of which need rights.
      await archive.add({ ...last, mode: last.mode & 0o777 | 0o700 }, name);
      directories.push(shown(entry));
    },
    // deno-lint-ignore require-await -- what is done with it waits for the end
    async drop(inner) {
      dropped.push(`t/${inner}\0`);
      special.delete(inner);
    },
    async commit() {
      const last = directories.toReversed();
      if (preserve && last.length > 0) {
        await archive.add(await finishingArchive(last, dialect), "dirs");
      }
      const closed = preserve ? [] : last.filter(({ mode }) => (mode & 0o700) !== 0o700);
      if (closed.length > 0) await archive.add(textFile(closed.map(modeAndPath).join("")), "new");
      const modes = [...special.values()];
      if (modes.length > 0) await archive.add(textFile(modes.join("")), "modes");
      if (dropped.length > 0) await archive.add(textFile(dropped.join("")), "dropped");
      // Without its last member the archive was cut, which tar itself may take for its end.
      await archive.add(textFile(""), "end");
      await archive.end();
      session.process.end();
      const status = await session.end();
      if (status.kind === "code" && status.code === 0) return;
      const partly = status.kind === "code" && status.code !== UNPACK_FAILED;
      if (!partly) throw await session.failure(path);
      for (const line of await session.complaints()) warn(`The guest says: ${line}`);
    },
    async discard() {
      // The end of its input makes tar fail and the script tidy up, which takes a moment.
      session.process.end();
      await Promise.race([session.end(), sleep(TIDY_MS)]);
      session.close();
    },
  };
}

/** A tree of the guest under way to us. */
export interface GuestTree extends Disposable {
  readonly entries: TreeSource;
}

/**
 * Begins to read a tree or a file of the guest; `path` is absolute. With `only`, a part of the tree: its paths, each
 * directory before what is in it. A guest whose tar can't leave the others out sends them too.
 */
export async function openGuestTree(
  connection: SshConnection,
  path: string,
  kind: "directory" | "file",
  options: StreamOptions & { readonly only?: readonly string[] },
): Promise<StreamResult<GuestTree>> {
  const { only } = options;
  const slash = path.lastIndexOf("/");
  const [directory, name] = kind === "directory"
    ? [path, "."]
    : [path.slice(0, slash) || "/", `./${path.slice(slash + 1)}`];
  const command = quoteCommand(["sh", "-c", PACK, "sh", directory, name, only ? "list" : ""]);
  const session = await startSession(connection, command, options.signal);
  const greeting = await session.greeting(1);
  if (!greeting) return await session.unavailable();
  if (greeting[0] === "none") return await session.unavailable("tar is not installed in the guest");
  // Not waited for: tar writes while it reads, and we have to take what it writes.
  const names = (only ?? []).map((inner) => inner === "" ? ".\0" : `./${inner}\0`).join("");
  session.process.write(new TextEncoder().encode(names)).then(() => session.process.end());
  const entries = async function* (): AsyncGenerator<TreeEntry | ShrunkEntry> {
    yield* guardEnd(session, membersToTree(readTar(session.reader), name, options.warn));
    const status = await session.end();
    const complaints = await session.complaints();
    const good = status.kind === "code" && status.code === 0;
    const cut = cutMembers(await session.stderr, name);
    if (status.kind !== "code" || (!good && !complaints[0]) || !cut) {
      throw guestFailure(path, complaints.find(isAboutCut) ?? complaints[0] ?? "tar failed");
    }
    for (const inner of cut) yield { kind: "shrunk", path: inner };
    for (const line of complaints) {
      if (!isAboutCut(line)) options.warn(`The guest says: ${line}`);
    }
  };
  return {
    kind: "ready",
    value: { entries: entries(), [Symbol.dispose]: () => session.close() },
  };
}

/** An archive that is cut short ended for a reason that only the guest's tar knows. */
async function* guardEnd(
  session: StreamSession,
  entries: AsyncIterable<TreeEntry>,
): AsyncGenerator<TreeEntry> {
  try {
    yield* entries;
  } catch (error) {
    if (!/ends in the middle/.test(String(error))) throw error;
    const [line] = await session.complaints();
    if (line === undefined) throw error;
    throw new CubicError("transfer-failed", `Cannot copy from the guest: ${line}`, {
      cause: error,
    });
  }
}

/** One command in the guest with an archive on its input or output. */
interface StreamSession {
  readonly process: RemoteProcess;
  readonly reader: ByteReader;
  /** The words that the script says first; undefined when it was not even started. */
  greeting(count: number): Promise<string[] | undefined>;
  unavailable(reason?: string): Promise<{ kind: "unavailable"; reason: string }>;
  end(): Promise<ExitStatus>;
  /** Its error output; not to be shown as it is. */
  readonly stderr: Promise<string>;
  /** What it said there, a line each, safe to show. */
  complaints(): Promise<string[]>;
  failure(path: string): Promise<CubicError>;
  close(): void;
}

async function startSession(
  connection: SshConnection,
  command: string,
  signal: AbortSignal,
): Promise<StreamSession> {
  const process = await connection.start(command);
  const onAbort = (): void => process.close();
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  // Read from the start: unread, it would stop the other output as well.
  const stderr = process.stderr.text(MOST_COMPLAINTS);
  const reader = byteReader(() => process.stdout.read());
  const complaints = async (): Promise<string[]> =>
    (await stderr).split("\n").map((line) => printable(line).replace(/^(\/\S*\/)?tar: /, ""))
      .filter((line) => line !== "" && !/Exiting with failure status|time stamp/.test(line));
  return {
    process,
    reader,
    stderr,
    complaints,
    async greeting(count) {
      if (!await reader.skipPast(MARKER)) return undefined;
      const words: string[] = [];
      while (words.length < count) {
        let word = "";
        for (let byte = await reader.exactly(1); byte?.[0] !== 0; byte = await reader.exactly(1)) {
          if (!byte || word.length > 64) return undefined;
          word += String.fromCharCode(byte[0]!);
        }
        words.push(word);
      }
      return words;
    },
    async unavailable(reason) {
      process.end();
      if (signal.aborted) throw interrupted();
      const said = reason ?? (await complaints()).join("; ");
      process.close();
      return { kind: "unavailable", reason: said || "the guest runs no commands" };
    },
    async end() {
      const status = await process.status;
      signal.removeEventListener("abort", onAbort);
      return status;
    },
    async failure(path) {
      process.end();
      if (signal.aborted) return interrupted();
      const status = await process.status;
      const all = await complaints();
      const telling = all.find((text) => /no space|quota|denied|read-only/i.test(text));
      const ended = status.kind === "code"
        ? `tar ended with status ${status.code}`
        : "it was cut off";
      return guestFailure(path, telling ?? all[0] ?? ended);
    },
    close() {
      signal.removeEventListener("abort", onAbort);
      process.close();
    },
  };
}
