/** Extended headers: pax records, GNU's long names, and the map of a sparse file. Pure. */
import type { Extent } from "../tree.ts";
import { BLOCK, type DecodedText, decodeText, encodeHeader } from "./header.ts";

const encoder = new TextEncoder();

/** `length key=value\n`, where the length counts its own digits (POSIX.1-2017 pax, "Extended Header"). */
export function paxRecord(key: string, value: string): Uint8Array {
  const rest = encoder.encode(` ${key}=${value}\n`);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) {
    length = String(length).length + rest.length;
  }
  return join([encoder.encode(String(length)), rest]);
}

/** Reads pax records; undefined when they are malformed. */
export function parsePax(bytes: Uint8Array): Map<string, DecodedText> | undefined {
  const records = new Map<string, DecodedText>();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    if (space === -1 || space - at > 10) return undefined;
    const digits = String.fromCharCode(...bytes.subarray(at, space));
    const end = at + Number(digits);
    if (!/^[0-9]+$/.test(digits) || end > bytes.length || bytes[end - 1] !== 0x0a) return undefined;
    const equals = bytes.indexOf(0x3d, space);
    if (equals === -1 || equals >= end) return undefined;
    const key = decodeText(bytes.subarray(space + 1, equals)).text;
    records.set(key, decodeText(bytes.subarray(equals + 1, end - 1)));
    at = end;
  }
  return records;
}

/** A member that describes the next one: a pax header ("x") or a GNU long name ("L", "K"). */
export function extensionMember(type: "x" | "L" | "K", body: Uint8Array): Uint8Array {
  const name = type === "x" ? "PaxHeader" : "././@LongLink";
  const header = { name, mode: 0o644, size: body.length, mtime: 0, type, linkName: "" };
  return join([encodeHeader(header), padded(body)]);
}

/** The body of a GNU long name, which ends with NUL. */
export function longName(name: string): Uint8Array {
  return encoder.encode(name + "\0");
}

/**
 * The map before the data of a sparse file, as GNU.sparse 1.0 has it: decimal numbers a line, a count and then
 * offset and length of each extent. A hole at the end shows as an empty extent.
 */
export function sparseMap(extents: readonly Extent[], size: number): Uint8Array {
  const last = extents.at(-1);
  const endsInHole = last === undefined || last.offset + last.length < size;
  const all = endsInHole ? [...extents, { offset: size, length: 0 }] : extents;
  const numbers = all.flatMap(({ offset, length }) => [offset, length]);
  return padded(encoder.encode([all.length, ...numbers].map((number) => `${number}\n`).join("")));
}

/** Most extents that a map may have. */
const MAX_EXTENTS = 1_000_000;

/** Reads a sparse map number by number; `done` once all are there. */
export function sparseMapReader(): {
  push(block: Uint8Array): "more" | "done" | "bad";
  readonly extents: Extent[];
} {
  const extents: Extent[] = [];
  let [text, count, offset]: [string, number | undefined, number | undefined] = [
    "",
    undefined,
    undefined,
  ];
  const take = (value: number): void => {
    if (count === undefined) count = value;
    else if (offset === undefined) offset = value;
    else {
      extents.push({ offset, length: value });
      offset = undefined;
    }
  };
  return {
    extents,
    push(block) {
      for (const byte of block) {
        if (byte >= 0x30 && byte <= 0x39 && text.length < 16) text += String.fromCharCode(byte);
        else if (byte !== 0x0a || text === "") return "bad";
        else {
          take(Number(text));
          text = "";
        }
        if (count !== undefined && count > MAX_EXTENTS) return "bad";
        if (count !== undefined && extents.length === count) return "done";
      }
      return "more";
    },
  };
}

/** The same bytes up to a whole number of blocks. */
export function padded(bytes: Uint8Array): Uint8Array {
  const block = new Uint8Array(Math.ceil(bytes.length / BLOCK) * BLOCK);
  block.set(bytes);
  return block;
}

/** One array out of several. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
