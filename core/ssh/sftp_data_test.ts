import { deepEqual, equal } from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { SFTPWrapper } from "ssh2";
import { divertData } from "./sftp_data.ts";

/** A message as a server sends it. */
function message(type: number, ...parts: readonly (number | string)[]): Buffer {
  const body = Buffer.concat([
    Buffer.of(type),
    ...parts.map((part) => {
      if (typeof part === "string") return Buffer.from(part);
      const number = Buffer.alloc(4);
      number.writeUInt32BE(part);
      return number;
    }),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

const data = (id: number, text: string): Buffer => message(103, id, text.length, text);
const status = (id: number): Buffer => message(101, id, 0, 0, 0);

/** What comes of a stream of messages in pieces of some size, for reads 1, 2 and 3 of 8 bytes each. */
function receive(stream: Uint8Array, size: number): { answers: string[]; passed: Buffer } {
  const answers: string[] = [];
  const passed: Uint8Array[] = [];
  const read = (id: number) => ({
    buffer: new Uint8Array(8),
    cb: (_: undefined, into: Uint8Array, length: number): void =>
      void answers.push(`${id}:${new TextDecoder().decode(into.subarray(0, length))}`),
  });
  const sftp = {
    _requests: { 1: read(1), 2: read(2), 3: read(3), 4: { cb: () => {} } },
    push: (bytes: Uint8Array | null) => void (bytes && passed.push(bytes)),
  };
  divertData(sftp as unknown as SFTPWrapper);
  for (let at = 0; at < stream.length; at += size) {
    const lent = new Uint8Array(stream.subarray(at, at + size));
    sftp.push(lent);
    lent.fill(0xee);
  }
  return { answers, passed: Buffer.concat(passed) };
}

Deno.test("divertData() puts data into the buffers of its reads and passes the rest on", () => {
  const stream = Buffer.concat([
    status(9),
    data(2, "second"),
    status(1),
    status(1),
    data(1, ""),
    data(3, "12345678"),
    message(102, 5, 4, "hand"),
  ]);
  const others = Buffer.concat([status(9), status(1), status(1), message(102, 5, 4, "hand")]);
  for (let size = 1; size <= stream.length; size++) {
    const { answers, passed } = receive(stream, size);
    deepEqual(answers, ["2:second", "1:", "3:12345678"], `pieces of ${size}`);
    deepEqual(passed, others);
  }
});

Deno.test("divertData() leaves to ssh2 what was not asked for or does not fit", () => {
  const odd = [
    data(7, "unknown"),
    data(4, "no buffer"),
    data(1, "too much for it"),
    message(103, 1, 3, "more than it says"),
    message(103, 1, 99, "less"),
    message(103, 1),
    Buffer.of(0, 0, 0, 1, 103),
  ];
  for (const bytes of odd) {
    for (let size = 1; size <= bytes.length; size++) {
      const { answers, passed } = receive(bytes, size);
      equal(answers.length, 0);
      deepEqual(passed, bytes);
    }
  }
});

Deno.test("divertData() passes the end on", () => {
  const ends: unknown[] = [];
  const sftp = { _requests: {}, push: (bytes: unknown) => void ends.push(bytes) };
  divertData(sftp as unknown as SFTPWrapper);
  sftp.push(null);
  deepEqual(ends, [null]);
});
