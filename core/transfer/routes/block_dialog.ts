/** The talk with a script of the block route in the guest: a line from it, a line to it. */
import type { SshConnection } from "../../ssh/client.ts";
import type { RemoteProcess } from "../../ssh/process.ts";
import { quoteCommand } from "../../ssh/quote.ts";
import { printable } from "../printable.ts";
import { ScpReader } from "../scp_records.ts";
import { MARKER } from "./block_scripts.ts";

/** The guest said that it can't, before anything was copied: another route may be tried. */
export class Declined extends Error {}

/** A running script. */
export interface Dialog {
  /**
   * Waits for the script to say this word, and returns what follows it.
   * @throws Declined when it says that it can't; Error with the guest's reason when it broke off.
   */
  hear(word: string): Promise<string>;
  /** The next bytes, which come after a word; fewer only when the script ended. */
  bytes(count: number): Promise<Uint8Array>;
  /** The next lines up to one that is "end"; at most so many. */
  lines(most: number): Promise<string[]>;
  say(...lines: readonly string[]): Promise<void>;
  /** Ends the script's input, which makes it tidy up; true when it has ended in that time. */
  leave(withinMs: number): Promise<boolean>;
  close(): void;
}

const encoder = new TextEncoder();
/** What start-up files may print before the script comes to speak. */
const MOST_NOISE = 1000;

/** Starts a script with arguments. */
export async function startDialog(
  connection: SshConnection,
  script: string,
  args: readonly string[],
): Promise<Dialog> {
  const process = await connection.start(quoteCommand(["sh", "-c", script, "sh", ...args]));
  // Read from the start: unread, it would stop the other output as well.
  const stderr = process.stderr.text();
  const reader = new ScpReader(process.stdout);
  return {
    hear: async (word) => {
      for (let noise = 0; noise < MOST_NOISE; noise++) {
        const line = await reader.line();
        if (line === undefined) throw new Error(await lastWords(process, stderr));
        const start = line.indexOf(MARKER);
        if (start < 0) continue;
        const [said, rest] = splitWord(line.slice(start + MARKER.length));
        if (said === word) return rest;
        if (said === "no") throw new Declined(printable(rest));
        if (said === "broke") throw new Error(printable(rest));
      }
      throw new Error("the guest says something else than it was asked");
    },
    bytes: async (count) => {
      const bytes = new Uint8Array(count);
      return bytes.subarray(0, await reader.fill(bytes));
    },
    lines: async (most) => {
      const lines: string[] = [];
      while (lines.length <= most) {
        const line = await reader.line();
        if (line === undefined || line === "end") return lines;
        lines.push(line);
      }
      throw new Error("the guest says more than it was asked");
    },
    say: async (...lines) => {
      await process.write(encoder.encode(lines.map((line) => `${line}\n`).join("")));
    },
    leave: async (withinMs) => {
      process.end();
      const late = Promise.withResolvers<false>();
      const timer = setTimeout(() => late.resolve(false), withinMs);
      const ended = process.status.then(() => true);
      return await Promise.race([ended, late.promise]).finally(() => clearTimeout(timer));
    },
    close: () => process.close(),
  };
}

function splitWord(text: string): [word: string, rest: string] {
  const space = text.indexOf(" ");
  return space < 0 ? [text, ""] : [text.slice(0, space), text.slice(space + 1)];
}

async function lastWords(process: RemoteProcess, stderr: Promise<string>): Promise<string> {
  process.end();
  const said = printable(await stderr);
  const status = await process.status;
  if (said !== "") return said;
  return status.kind === "lost" ? "the connection was lost" : "the guest's shell ended early";
}
