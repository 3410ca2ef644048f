/**
 * The records of the legacy SCP protocol (openssh-portable scp.c), strictly: what a guest sends is foreign. There is
 * no specification; a file is `C<mode> <size> <name>\n`, its bytes, and a byte 0; each is acknowledged by a
 * byte 0, or by 1 (error) or 2 (fatal error) and a line of text.
 */
import type { ChannelReader } from "../ssh/process.ts";
import { printable } from "./printable.ts";

/** The header of a file. */
export interface FileRecord {
  /** Permission bits. */
  readonly mode: number;
  readonly size: number;
}

/** An acknowledgement, or what came instead. */
export type Ack =
  | { readonly kind: "ok" }
  | { readonly kind: "refused"; readonly message: string }
  /** Something that is no SCP, such as the output of a shell's start-up files. */
  | { readonly kind: "garbage" }
  | { readonly kind: "end" };

/** OpenSSH's own limit of a control line. */
const LONGEST_LINE = 2048;

/** The header that announces a file. The name is not used: the target on the command line is no directory. */
export function fileRecord({ mode, size }: FileRecord): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`C${mode.toString(8).padStart(4, "0")} ${size} file\n`);
}

/** Reads a header line without its line end; undefined unless it is exactly one of a file with a plain name. */
export function parseFileRecord(line: string): FileRecord | undefined {
  const [, mode, size, name] = line.match(/^C([0-7]{4}) ([0-9]{1,16}) ([^/]+)$/s) ?? [];
  if (mode === undefined || size === undefined || name === "." || name === "..") return undefined;
  const length = Number(size);
  return Number.isSafeInteger(length) ? { mode: parseInt(mode, 8), size: length } : undefined;
}

/** One line of a tree. */
export type TreeRecord =
  | { readonly kind: "file" | "directory"; readonly name: string; readonly facts: FileRecord }
  /** Whole seconds since 1970 of what comes next. */
  | { readonly kind: "times"; readonly mtime: number }
  /** The end of a directory. */
  | { readonly kind: "end" }
  /** Something that the guest's scp left out. */
  | { readonly kind: "complaint"; readonly text: string };

/** The header that announces a directory or a file of a tree. */
export function treeRecord(
  letter: "C" | "D",
  name: string,
  { mode, size }: FileRecord,
): Uint8Array {
  const octal = (mode & 0o7777).toString(8).padStart(4, "0");
  return new TextEncoder().encode(`${letter}${octal} ${size} ${name}\n`);
}

/** The line before a header that gives its times; there are none before 1970. */
export function timesRecord(mtime: number): Uint8Array {
  const seconds = Math.max(0, mtime);
  return new TextEncoder().encode(`T${seconds} 0 ${seconds} 0\n`);
}

/** Reads a line of a tree without its line end; undefined unless it is exactly one of the protocol's. */
export function parseTreeRecord(line: string): TreeRecord | undefined {
  if (line === "E") return { kind: "end" };
  const code = line.charCodeAt(0);
  if (code === 1 || code === 2) return { kind: "complaint", text: scpMessage(line.slice(1)) };
  const [, seconds] = /^T([0-9]{1,12}) [0-9]{1,6} [0-9]{1,12} [0-9]{1,6}$/.exec(line) ?? [];
  if (seconds !== undefined) return { kind: "times", mtime: Number(seconds) };
  if (!/^[CD]/.test(line)) return undefined;
  const facts = parseFileRecord(`C${line.slice(1)}`);
  if (!facts) return undefined;
  const name = line.split(" ").slice(2).join(" ");
  return { kind: line.startsWith("D") ? "directory" : "file", name, facts };
}

/** Reads bytes, lines and acknowledgements from a guest's scp. */
export class ScpReader {
  readonly #reader: ChannelReader;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(reader: ChannelReader) {
    this.#reader = reader;
  }

  /** The next bytes, `limit` at most; undefined at the end. */
  async some(limit: number): Promise<Uint8Array | undefined> {
    if (this.#rest.length === 0) {
      const bytes = await this.#reader.read();
      if (bytes === undefined) return undefined;
      this.#rest = bytes;
    }
    const taken = this.#rest.subarray(0, limit);
    this.#rest = this.#rest.subarray(taken.length);
    return taken;
  }

  /**
   * Fills memory with the next bytes; resolves with how many, less than all of them only at the end. More may be asked
   * to be filled before that.
   */
  fill(into: Uint8Array): Promise<number> {
    const taken = this.#rest.subarray(0, into.length);
    this.#rest = this.#rest.subarray(taken.length);
    into.set(taken);
    if (taken.length === into.length) return Promise.resolve(into.length);
    return this.#reader.fill(into.subarray(taken.length)).then((count) => taken.length + count);
  }

  /** The next byte; undefined at the end. */
  async byte(): Promise<number | undefined> {
    return (await this.some(1))?.[0];
  }

  /** The next line without its end, cut off at a bounded length; undefined at the end. */
  async line(): Promise<string | undefined> {
    const bytes: number[] = [];
    while (bytes.length < LONGEST_LINE) {
      const byte = await this.byte();
      if (byte === undefined) {
        if (bytes.length === 0) return undefined;
        break;
      }
      if (byte === 0x0a) break;
      bytes.push(byte);
    }
    return new TextDecoder().decode(Uint8Array.from(bytes));
  }

  /** Skips everything up to a line that is just this text; false when it never comes. */
  async skipPast(marker: string, limit = 64 * 1024): Promise<boolean> {
    for (let skipped = 0; skipped < limit;) {
      const line = await this.line();
      if (line === undefined) return false;
      if (line.endsWith(marker)) return true;
      skipped += line.length + 1;
    }
    return false;
  }

  /** The next acknowledgement. */
  async ack(): Promise<Ack> {
    const byte = await this.byte();
    if (byte === undefined) return { kind: "end" };
    if (byte === 0) return { kind: "ok" };
    if (byte > 2) return { kind: "garbage" };
    return { kind: "refused", message: scpMessage(await this.line() ?? "") };
  }
}

/** A message of scp without its own name, safe to show. */
export function scpMessage(text: string): string {
  return printable(text).replace(/^scp: /, "");
}
