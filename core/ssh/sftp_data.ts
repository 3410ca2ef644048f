/**
 * The answers to SFTP reads (draft-ietf-secsh-filexfer-02 section 7), put where they belong as they arrive. ssh2 would gather
 * each in a buffer of its own and copy that; everything else still goes through ssh2.
 */
import { Buffer } from "node:buffer";
import type { SFTPWrapper } from "ssh2";
import { takesBorrowed } from "./borrowed.ts";

/** SSH_FXP_DATA. */
const DATA = 103;
/** Length, type, request id, length of the data. */
const HEADER = 4 + 1 + 4 + 4;

interface ReadRequest {
  /** Where ssh2 wants the answer. */
  readonly buffer?: Uint8Array;
  readonly cb?: (error: undefined, data: Uint8Array, length: number) => void;
}

interface SftpInternals {
  push(bytes: Uint8Array | null): unknown;
  readonly _requests: Record<number, ReadRequest | undefined>;
}

/** Looks through what a session receives from now on; call it between two messages. */
export function divertData(session: SFTPWrapper): void {
  const sftp = session as unknown as SftpInternals;
  const push = sftp.push.bind(sftp);
  const header = Buffer.alloc(HEADER);
  let seen = 0;
  /** Bytes of the current message that are still to come, and where they go; to ssh2 without a request. */
  let left = 0;
  let request: ReadRequest | undefined;
  let length = 0;

  const begin = (): void => {
    const total = header.readUInt32BE(0);
    const isData = header[4] === DATA && total >= HEADER - 4;
    if (isData && seen < HEADER) return;
    if (isData) {
      const id = header.readUInt32BE(5);
      length = header.readUInt32BE(9);
      const asked = sftp._requests[id];
      if (asked?.buffer && asked.cb && length <= asked.buffer.length && length === total - 9) {
        delete sftp._requests[id];
        request = asked;
      }
    }
    left = Math.max(0, total + 4 - seen);
    if (!request) push(Buffer.from(header.subarray(0, seen)));
    seen = 0;
    finishIfWhole();
  };
  const finishIfWhole = (): void => {
    if (left > 0 || !request?.buffer) return;
    const { cb, buffer } = request;
    request = undefined;
    cb?.(undefined, buffer, length);
  };

  takesBorrowed(session);
  sftp.push = (bytes) => {
    if (bytes === null) return push(null);
    for (let at = 0; at < bytes.length;) {
      if (left === 0) {
        header[seen++] = bytes[at++]!;
        if (seen >= 5) begin();
        continue;
      }
      const piece = bytes.subarray(at, at + left);
      if (request?.buffer) request.buffer.set(piece, length - left);
      else push(Buffer.from(piece));
      at += piece.length;
      left -= piece.length;
      finishIfWhole();
    }
    return true;
  };
}
