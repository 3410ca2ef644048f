import { deepEqual, equal } from "node:assert/strict";
import type { ChannelReader } from "../ssh/process.ts";
import { printable } from "./printable.ts";
import {
  fileRecord,
  parseFileRecord,
  parseTreeRecord,
  scpMessage,
  ScpReader,
  timesRecord,
  treeRecord,
} from "./scp_records.ts";

/** A reader that hands out the text in pieces of that size. */
function reader(text: string, size = 3): ScpReader {
  const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
  let at = 0;
  const read = (): Promise<Uint8Array | undefined> => {
    const piece = bytes.subarray(at, at += size);
    return Promise.resolve(piece.length > 0 ? piece : undefined);
  };
  return new ScpReader({ read } as unknown as ChannelReader);
}

Deno.test("fileRecord() and parseFileRecord() agree", () => {
  for (const record of [{ mode: 0, size: 0 }, { mode: 0o755, size: 2 ** 33 + 1 }]) {
    const line = new TextDecoder().decode(fileRecord(record)).trimEnd();
    deepEqual(parseFileRecord(line), record);
  }
});

Deno.test("parseFileRecord() refuses everything that is not one plain file", () => {
  const lines = [
    "",
    "C",
    "C0644 5",
    "C0644 5 ",
    "C0644 5 .",
    "C0644 5 ..",
    "C0644 5 ../x",
    "C0644 5 /etc/passwd",
    "C0644 -5 x",
    "C0644 5x x",
    "C0644 99999999999999999999 x",
    "C0644 9999999999999999 x",
    "C644 5 x",
    "C0888 5 x",
    "D0755 0 x",
    "T0 0 0 0",
    "E",
    "hello",
  ];
  for (const line of lines) equal(parseFileRecord(line), undefined, JSON.stringify(line));
});

Deno.test("ScpReader.ack() tells acknowledgements from refusals, garbage and the end", async () => {
  deepEqual(await reader("\0").ack(), { kind: "ok" });
  deepEqual(await reader("\x01scp: /x: Permission denied\n").ack(), {
    kind: "refused",
    message: "/x: Permission denied",
  });
  deepEqual(await reader("\x02").ack(), { kind: "refused", message: "" });
  deepEqual(await reader("Welcome!\n").ack(), { kind: "garbage" });
  deepEqual(await reader("").ack(), { kind: "end" });
});

Deno.test("ScpReader.line() ends with a line that has no end", async () => {
  const endless = reader("x".repeat(100_000), 32_768);
  equal((await endless.line())?.length, 2048);
});

Deno.test("ScpReader.skipPast() drops what start-up files print", async () => {
  const noisy = reader("hello\nwelcome cubic-scp\n\0rest");
  equal(await noisy.skipPast("cubic-scp"), true);
  deepEqual(await noisy.ack(), { kind: "ok" });
  equal(await reader("x\n".repeat(100_000), 32_768).skipPast("cubic-scp"), false);
  equal(await reader("").skipPast("cubic-scp"), false);
});

Deno.test("ScpReader.some() never gives more than was asked for", async () => {
  const data = reader("abcdefgh", 8);
  equal((await data.some(5))?.length, 5);
  equal((await data.some(5))?.length, 3);
  equal(await data.some(5), undefined);
});

Deno.test("scpMessage() and printable() leave nothing that drives a terminal", () => {
  equal(scpMessage("scp: \x1b[2Jgone\x07\n"), "\\x1b[2Jgone\\x07");
  equal(printable("a\nb\u202ec\u009b"), "a\\nb\\u202ec\\x9b");
});

Deno.test("parseTreeRecord() takes the records of a tree and nothing else", () => {
  deepEqual(parseTreeRecord("D0755 0 a b"), {
    kind: "directory",
    name: "a b",
    facts: { mode: 0o755, size: 0 },
  });
  deepEqual(parseTreeRecord("C4644 12 f"), {
    kind: "file",
    name: "f",
    facts: { mode: 0o4644, size: 12 },
  });
  deepEqual(parseTreeRecord("T1600000000 0 5 0"), { kind: "times", mtime: 1_600_000_000 });
  deepEqual(parseTreeRecord("E"), { kind: "end" });
  deepEqual(parseTreeRecord("\x01scp: f: Permission denied"), {
    kind: "complaint",
    text: "f: Permission denied",
  });
  for (
    const line of [
      "",
      "E ",
      "D0755 0 .",
      "D0755 0 ..",
      "C0644 1 a/b",
      "D755 0 x",
      "T1",
      "T-1 0 0 0",
    ]
  ) {
    equal(parseTreeRecord(line), undefined, line);
  }
});

Deno.test("the records that are sent are those that are read", () => {
  const read = (bytes: Uint8Array): unknown =>
    parseTreeRecord(new TextDecoder().decode(bytes).replace(/\n$/, ""));
  deepEqual(read(treeRecord("D", "it's a name ", { mode: 0o7755, size: 0 })), {
    kind: "directory",
    name: "it's a name ",
    facts: { mode: 0o7755, size: 0 },
  });
  deepEqual(read(timesRecord(5)), { kind: "times", mtime: 5 });
  deepEqual(read(timesRecord(-5)), { kind: "times", mtime: 0 });
});
