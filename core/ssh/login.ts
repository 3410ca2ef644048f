/** The beginning of an SSH connection: the two sides agree on ciphers, each proves who it is. */
import type { Duplex } from "node:stream";
import type { Client as SshClient } from "ssh2";
import { CubicError, interrupted } from "../errors.ts";
import { ciphers, hostKeyAlgorithms } from "./algorithms.ts";
import { lendChannelData } from "./borrowed.ts";
import { isHostKey, wrongHostKey } from "./host_key.ts";
import { hasFastGcm, loadClient } from "./load.ts";
import { describeTarget, type SshTarget } from "./target.ts";
import type { TcpSocket } from "./tcp_socket.ts";

/** How to log in. */
export interface LoginOptions {
  readonly signal: AbortSignal;
  /** Milliseconds for all of it. */
  readonly timeoutMs: number;
  /** Socket of an ssh-agent that every command of the connection may use; none when left out. */
  readonly agent?: string;
}

/** Why a connection did not come about. */
export type ConnectFailure =
  /** Refused, closed, silent or broken in the middle: worth another try. */
  | "unreachable"
  /** Another server answers than the one we know. */
  | "host-key"
  /** The server does not take our key, or not yet. */
  | "auth"
  /** The two sides have no algorithm in common; another try will not help. */
  | "protocol";

/** A client that is logged in, and the cipher of what the guest sends; or why there is none. */
export type LoginResult =
  | { readonly ok: true; readonly client: SshClient; readonly cipher: string }
  | { readonly ok: false; readonly reason: ConnectFailure; readonly error: CubicError };

/**
 * Exchanges keys over a socket, looks at the server's key and logs in. Throws only CubicError "interrupted"; the socket
 * is closed when it fails.
 */
export async function logIn(
  target: SshTarget,
  socket: TcpSocket,
  { timeoutMs, signal, agent }: LoginOptions,
): Promise<LoginResult> {
  // Until ssh2 listens, an error of the socket would be an uncaught exception.
  const early = (): void => {};
  socket.on("error", early);
  const Client = await loadClient();
  const fastGcm = await hasFastGcm();
  const client = new Client();
  let foreignKey: Uint8Array | undefined;
  let cipher = "";
  const failure = await new Promise<Error | undefined>((resolve) => {
    const onAbort = (): void => resolve(interrupted());
    const timer = setTimeout(() => resolve(new Error("no answer in time")), Math.max(1, timeoutMs));
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      resolve(error);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    client.on("ready", () => settle());
    // A cipher of ours is done with what was read before it returns.
    client.on("handshake", ({ sc }) => {
      cipher = sc.cipher;
      if (fastGcm && cipher.includes("gcm")) socket.reuseReads();
    });
    client.on("error", (error) => settle(error));
    client.on("close", () => settle(new Error("the connection was closed")));
    if (signal.aborted) return onAbort();
    client.connect({
      // What ssh2 uses of a stream is there.
      sock: socket as unknown as Duplex,
      username: target.user,
      privateKey: target.privateKey,
      // Without the list ssh2 asks for "none" first: one more round trip and a line in the guest's log.
      authHandler: ["publickey"],
      ...(agent !== undefined && { agent, agentForward: true }),
      hostVerifier: (key: Uint8Array): boolean => {
        if (isHostKey(target, key)) return true;
        foreignKey = key;
        return false;
      },
      algorithms: {
        cipher: ciphers(fastGcm),
        serverHostKey: hostKeyAlgorithms(target.hostKey),
      },
      readyTimeout: 0,
      keepaliveInterval: 10_000,
      keepaliveCountMax: 3,
    });
    lendChannelData(client);
  });
  if (failure === undefined) {
    return { ok: true, client, cipher };
  }
  client.on("error", () => {});
  client.destroy();
  socket.destroy();
  if (failure instanceof CubicError) throw failure;
  return foreignKey
    ? { ok: false, reason: "host-key", error: await wrongHostKey(target, foreignKey) }
    : explain(target, failure);
}

function explain(target: SshTarget, failure: Error): LoginResult & { readonly ok: false } {
  const level = "level" in failure ? failure.level : undefined;
  const reason = level === "client-authentication"
    ? "auth"
    : /no matching/i.test(failure.message)
    ? "protocol"
    : "unreachable";
  const text = reason === "auth" ? "the guest does not accept the instance's key" : failure.message;
  return {
    ok: false,
    reason,
    error: new CubicError("ssh-failed", `Cannot log in to ${describeTarget(target)}: ${text}`, {
      hint: reason === "auth"
        ? "Check the user name; a guest takes the key only once cloud-init has written it."
        : "Try again; if it stays so, `cubic logs` shows the guest's console.",
      cause: failure,
    }),
  };
}
