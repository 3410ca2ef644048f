/**
 * Opening the TCP connection under an SSH session. It is not left to ssh2 for three reasons: TCP_NODELAY must be set before
 * the handshake (a round trip falls from 44 ms to 0.3 ms), the socket is one of ours, and QEMU's user network accepts a
 * connection long before the guest does, so that only the server's banner (RFC 4253 section 4.2) says that somebody is
 * there.
 */
import { CubicError, interrupted } from "../errors.ts";
import { TcpSocket } from "./tcp_socket.ts";

/** Where to connect, and for how long to try. */
export interface SocketRequest {
  readonly host: string;
  readonly port: number;
  /** Milliseconds until the server's banner must have come. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Connects and waits for an SSH server's banner; the banner is still unread in the returned socket.
 * @throws CubicError "ssh-failed" when nobody answers, or not in time; "interrupted" when aborted.
 */
export async function openSocket(request: SocketRequest): Promise<TcpSocket> {
  const { host, port, timeoutMs, signal } = request;
  if (signal.aborted) throw interrupted();
  const giveUp = new AbortController();
  const onAbort = (): void => giveUp.abort();
  const timer = setTimeout(onAbort, timeoutMs);
  signal.addEventListener("abort", onAbort, { once: true });
  let connection: Deno.TcpConn | undefined;
  try {
    connection = await Deno.connect({ hostname: host, port, signal: giveUp.signal });
    connection.setNoDelay(true);
    const seen = await Promise.race([readBanner(connection, request), aborted(giveUp.signal)]);
    return new TcpSocket(connection, seen);
  } catch (error) {
    connection?.close();
    if (signal.aborted) throw interrupted();
    if (giveUp.signal.aborted) throw notReady(request, `no answer within ${seconds(timeoutMs)}`);
    if (error instanceof CubicError) throw error;
    throw notReady(request, error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

async function readBanner(connection: Deno.TcpConn, request: SocketRequest): Promise<Uint8Array> {
  const seen = new Uint8Array(MAX_PREAMBLE);
  for (let length = 0; length < seen.length;) {
    const count = await connection.read(seen.subarray(length));
    if (count === null) throw notReady(request, "the connection was closed at once");
    length += count;
    if (hasBanner(seen.subarray(0, length))) return seen.subarray(0, length);
  }
  throw notReady(request, "it is no SSH server");
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** A server may send other lines before its banner; more than this is no SSH server. */
const MAX_PREAMBLE = 8192;

function hasBanner(bytes: Uint8Array): boolean {
  return /(^|\n)SSH-[^\n]*\n/.test(new TextDecoder("latin1").decode(bytes));
}

function notReady({ host, port }: SocketRequest, reason: string): CubicError {
  return new CubicError("ssh-failed", `Cannot reach SSH on ${host}:${port}: ${reason}`, {
    hint: "The guest may still be booting, or its SSH server does not run.",
  });
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
