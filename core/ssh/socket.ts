/**
 * The TCP connection under an SSH session. It is opened here and not by ssh2 for three reasons: TCP_NODELAY
 * must be set before the handshake (a round trip falls from 44 ms to 0.3 ms), ssh2 writes one packet in
 * three pieces, and QEMU's user network accepts a connection long before the guest does, so that only the
 * server's banner (RFC 4253 section 4.2) says that somebody is there.
 */
import { connect, type Socket } from "node:net";
import process from "node:process";
import { CubicError, interrupted } from "../errors.ts";

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
export function openSocket(request: SocketRequest): Promise<Socket> {
  const { host, port, timeoutMs, signal } = request;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(interrupted());
    const socket = connect({ host, port, noDelay: true });
    let seen = new Uint8Array(0);
    const fail = (error: CubicError): void => {
      cleanUp();
      // A late error of the destroyed socket must not become an uncaught exception.
      socket.on("error", () => {});
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => fail(interrupted());
    const onError = (error: Error): void => fail(notReady(request, error.message));
    const onEnd = (): void => fail(notReady(request, "the connection was closed at once"));
    const onData = (chunk: Uint8Array): void => {
      seen = join(seen, chunk);
      if (hasBanner(seen)) {
        cleanUp();
        socket.pause();
        socket.unshift(seen);
        coalesceWrites(socket);
        resolve(socket);
      } else if (seen.length > MAX_PREAMBLE) fail(notReady(request, "it is no SSH server"));
    };
    const timer = setTimeout(
      () => fail(notReady(request, `no answer within ${seconds(timeoutMs)}`)),
      timeoutMs,
    );
    function cleanUp(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.off("error", onError).off("end", onEnd).off("close", onEnd).off("data", onData);
    }
    signal.addEventListener("abort", onAbort, { once: true });
    socket.on("error", onError).on("end", onEnd).on("close", onEnd).on("data", onData);
  });
}

/** A server may send other lines before its banner; more than this is no SSH server. */
const MAX_PREAMBLE = 8192;

function hasBanner(bytes: Uint8Array): boolean {
  return /(^|\n)SSH-[^\n]*\n/.test(new TextDecoder("latin1").decode(bytes));
}

/**
 * Joins what is written within one turn of the event loop: ssh2 without its native addon writes length,
 * body and tag of each packet apart, and each write would be a system call.
 */
function coalesceWrites(socket: Socket): void {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  let corked = false;
  const uncork = (): void => {
    corked = false;
    socket.uncork();
  };
  socket.write = (...args: unknown[]): boolean => {
    if (!corked) {
      corked = true;
      socket.cork();
      process.nextTick(uncork);
    }
    return write(...args);
  };
}

function notReady({ host, port }: SocketRequest, reason: string): CubicError {
  return new CubicError("ssh-failed", `Cannot reach SSH on ${host}:${port}: ${reason}`, {
    hint: "The guest may still be booting, or its SSH server does not run.",
  });
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}

function join(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(left.length + right.length);
  whole.set(left);
  whole.set(right, left.length);
  return whole;
}
