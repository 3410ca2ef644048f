/** The server's side of SOCKS 5 (RFC 1928) as far as a proxy needs it: no login, and only CONNECT. */
import type { Endpoint } from "./tunnel_spec.ts";

/** What a client wants, and what it sent after that without waiting. */
export interface SocksRequest {
  readonly target: Endpoint;
  readonly rest: Uint8Array;
}

/** The reply field of RFC 1928 section 6. */
export const SOCKS_REPLY = {
  succeeded: 0,
  refused: 5,
  noSuchCommand: 7,
  noSuchAddressType: 8,
} as const;

/** A reply of section 6; the address is of no use to a client of a tunnel. */
export function socksReply(code: number): Uint8Array {
  return new Uint8Array([VERSION, code, 0, IPV4, 0, 0, 0, 0, 0, 0]);
}

const VERSION = 5;
const CONNECT = 1;
const IPV4 = 1;
const NAME = 3;
const IPV6 = 4;
const NO_LOGIN = 0;
const NO_ACCEPTABLE_METHOD = 0xff;
/** Longer than any greeting and request together. */
const LONGEST = 1024;

/**
 * Asks a client what it wants; undefined when it does not speak SOCKS 5 or wants what we can't, which it was told then.
 * @throws what the connection throws.
 */
export async function acceptSocks(
  connection: Pick<Deno.Conn, "read" | "write">,
): Promise<SocksRequest | undefined> {
  const input = new Input(connection);
  const methods = await input.until(greetingMethods);
  if (!methods) return undefined;
  const open = methods.includes(NO_LOGIN);
  await connection.write(new Uint8Array([VERSION, open ? NO_LOGIN : NO_ACCEPTABLE_METHOD]));
  if (!open) return undefined;
  const request = await input.until(connectRequest);
  if (!request) return undefined;
  if ("host" in request) return { target: request, rest: input.rest };
  await connection.write(socksReply(request.reply));
  return undefined;
}

/** What was read of a message: its value and length, "more" when it is not whole, undefined when it is none. */
export type Parsed<Value> = { readonly value: Value; readonly length: number } | "more" | undefined;

/** Reads a greeting: the ways in which the client can log in. Pure. */
export function greetingMethods(bytes: Uint8Array): Parsed<readonly number[]> {
  const [version, count] = bytes;
  if (version === undefined) return "more";
  if (version !== VERSION) return undefined;
  if (count === undefined || bytes.length < 2 + count) return "more";
  return { value: [...bytes.subarray(2, 2 + count)], length: 2 + count };
}

/** Reads a request: where to connect, or the reply for one that can't be met. Pure. */
export function connectRequest(
  bytes: Uint8Array,
): Parsed<Endpoint | { readonly reply: number }> {
  if (bytes.length > 0 && bytes[0] !== VERSION) return undefined;
  const [, command, , type, first] = bytes;
  if (type === undefined || first === undefined) return "more";
  const size = type === IPV4 ? 4 : type === IPV6 ? 16 : type === NAME ? 1 + first : undefined;
  const refuse = (reply: number): Parsed<{ reply: number }> => ({ value: { reply }, length: 4 });
  if (size === undefined) return refuse(SOCKS_REPLY.noSuchAddressType);
  const length = 4 + size + 2;
  if (bytes.length < length) return "more";
  if (command !== CONNECT) return refuse(SOCKS_REPLY.noSuchCommand);
  const address = bytes.subarray(4, 4 + size);
  const port = new DataView(bytes.buffer, bytes.byteOffset).getUint16(4 + size);
  return { value: { host: hostOf(type, address), port }, length };
}

function hostOf(type: number, address: Uint8Array): string {
  if (type === IPV4) return address.join(".");
  if (type === NAME) return new TextDecoder().decode(address.subarray(1));
  const view = new DataView(address.buffer, address.byteOffset);
  return Array.from({ length: 8 }, (_, index) => view.getUint16(2 * index).toString(16)).join(":");
}

/** Bytes of a connection until a message is whole. */
class Input {
  rest: Uint8Array = new Uint8Array(0);
  readonly #connection: Pick<Deno.Conn, "read">;

  constructor(connection: Pick<Deno.Conn, "read">) {
    this.#connection = connection;
  }

  /** The next message; undefined when it is none, or never ends. */
  async until<Value>(parse: (bytes: Uint8Array) => Parsed<Value>): Promise<Value | undefined> {
    while (true) {
      const parsed = parse(this.rest);
      if (parsed === undefined) return undefined;
      if (parsed !== "more") {
        this.rest = this.rest.subarray(parsed.length);
        return parsed.value;
      }
      const chunk = new Uint8Array(LONGEST);
      const count = await this.#connection.read(chunk);
      if (count === null || this.rest.length + count > LONGEST) return undefined;
      this.rest = Uint8Array.from([...this.rest, ...chunk.subarray(0, count)]);
    }
  }
}
