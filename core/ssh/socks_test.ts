import { deepEqual, equal, ok } from "node:assert/strict";
import { acceptSocks, connectRequest, greetingMethods } from "./socks.ts";

const name = new TextEncoder().encode("db.internal");
const NAMED = [5, 1, 0, 3, name.length, ...name, 0x15, 0x38];

Deno.test("connectRequest() reads the three kinds of address", () => {
  const host = (bytes: number[]): unknown => {
    const parsed = connectRequest(new Uint8Array(bytes));
    return typeof parsed === "object" ? parsed.value : parsed;
  };
  deepEqual(host([5, 1, 0, 1, 10, 0, 0, 1, 0, 80]), { host: "10.0.0.1", port: 80 });
  deepEqual(host(NAMED), { host: "db.internal", port: 5432 });
  deepEqual(host([5, 1, 0, 4, ...Array(15).fill(0), 1, 0x1f, 0x90]), {
    host: "0:0:0:0:0:0:0:1",
    port: 8080,
  });
  deepEqual(host([5, 2, 0, 1, 0, 0, 0, 0, 0, 1]), { reply: 7 });
  deepEqual(host([5, 1, 0, 9, 0]), { reply: 8 });
  equal(host([4, 1]), undefined);
});

Deno.test("a message that comes in pieces is waited for, and what follows it is kept", async () => {
  for (let end = 0; end < NAMED.length; end++) {
    equal(connectRequest(new Uint8Array(NAMED.slice(0, end))), "more");
  }
  equal(greetingMethods(new Uint8Array([5, 2, 0])), "more");
  const sent = [5, 1, 0, ...NAMED, 71, 69, 84];
  for (const size of [1, 4, sent.length]) {
    const { connection, written } = talk(sent, size);
    const request = await acceptSocks(connection);
    ok(request);
    deepEqual(request.target, { host: "db.internal", port: 5432 });
    // How much of what follows was read with the request's end depends on the pieces.
    const most = size === sent.length ? 3 : request.rest.length;
    deepEqual([...request.rest], [71, 69, 84].slice(0, most));
    deepEqual(written, [5, 0]);
  }
});

Deno.test("acceptSocks() turns away logins, other protocols, silence and endless greetings", async () => {
  const refused = async (bytes: number[]): Promise<number[]> => {
    const { connection, written } = talk(bytes, 700);
    equal(await acceptSocks(connection), undefined);
    return written;
  };
  deepEqual(await refused([5, 1, 2]), [5, 0xff]);
  deepEqual(await refused([...new TextEncoder().encode("GET / HTTP/1.1\r\n")]), []);
  deepEqual(await refused([]), []);
  deepEqual(await refused([5, 1, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 1]), [
    5,
    0,
    5,
    7,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    0,
  ]);
});

/** A client that sends these bytes in pieces of that size. */
function talk(bytes: readonly number[], size: number): {
  readonly connection: Pick<Deno.Conn, "read" | "write">;
  readonly written: number[];
} {
  const written: number[] = [];
  let at = 0;
  return {
    written,
    connection: {
      read: (into) => {
        const piece = bytes.slice(at, at + size);
        at += piece.length;
        into.set(piece);
        return Promise.resolve(piece.length === 0 ? null : piece.length);
      },
      write: (data) => {
        written.push(...data);
        return Promise.resolve(data.length);
      },
    },
  };
}
