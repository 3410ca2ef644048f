/**
 * SSH connections: one key, one pinned host key, and the settings that make ssh2 fast under Deno.
 */
import type { Duplex } from "node:stream";
import type { Client, ClientChannel, SFTPWrapper } from "ssh2";
import { CubicError, interrupted } from "../errors.ts";
import { ciphers, hostKeyAlgorithms } from "./algorithms.ts";
import { lendChannelData } from "./borrowed.ts";
import { isHostKey, wrongHostKey } from "./host_key.ts";
import { hasFastGcm, loadSsh2 } from "./load.ts";
import { RemoteProcess, type TerminalSize } from "./process.ts";
import { SftpSession } from "./sftp.ts";
import { openSocket } from "./socket.ts";
import { describeTarget, type SshTarget } from "./target.ts";
import type { TcpSocket } from "./tcp_socket.ts";

/** How long connecting may take. */
export interface ConnectOptions {
  readonly signal: AbortSignal;
  /** Milliseconds until the server's banner must have come; 10 s when left out. */
  readonly bannerTimeoutMs?: number;
  /** Milliseconds for everything together; 30 s when left out, since an emulated guest is slow. */
  readonly timeoutMs?: number;
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

/** What {@linkcode tryConnect} found. */
export type ConnectResult =
  | { readonly ok: true; readonly connection: SshConnection }
  | { readonly ok: false; readonly reason: ConnectFailure; readonly error: CubicError };

/**
 * Connects and logs in.
 * @throws CubicError "ssh-failed" with what went wrong, "interrupted" when aborted.
 */
export async function connect(target: SshTarget, options: ConnectOptions): Promise<SshConnection> {
  const result = await tryConnect(target, options);
  if (!result.ok) throw result.error;
  return result.connection;
}

/** Connects and logs in; says why when that fails. Throws only CubicError "interrupted". */
export async function tryConnect(
  target: SshTarget,
  options: ConnectOptions,
): Promise<ConnectResult> {
  const { signal, timeoutMs = 30_000 } = options;
  const bannerMs = Math.min(options.bannerTimeoutMs ?? 10_000, timeoutMs);
  const started = performance.now();
  let socket: TcpSocket;
  try {
    socket = await openSocket({
      host: target.host,
      port: target.port,
      timeoutMs: bannerMs,
      signal,
    });
  } catch (error) {
    if (!(error instanceof CubicError) || error.code === "interrupted") throw error;
    return { ok: false, reason: "unreachable", error };
  }
  const left = started + timeoutMs - performance.now();
  return await handshake(target, socket, { ...options, timeoutMs: left });
}

/** Somebody connected to a port that the guest listens on for us. */
export interface IncomingTcp {
  readonly accept: () => ClientChannel;
  readonly reject: () => void;
}

/** A live connection to a guest; one serves every step of a command. */
export class SshConnection implements Disposable {
  readonly target: SshTarget;
  /** The cipher of what the guest sends, by its SSH name. */
  readonly cipher: string;
  /** Resolves when the connection has ended, however it ended. */
  readonly closed: Promise<void>;
  readonly #client: Client;
  #lost = false;

  constructor(target: SshTarget, client: Client, cipher: string) {
    this.target = target;
    this.cipher = cipher;
    this.#client = client;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    // A lost connection is told by "close"; an "error" nobody listens to would end the program.
    client.on("error", () => {});
    client.on("close", () => {
      this.#lost = true;
      resolve();
    });
  }

  /** True when the connection has ended. */
  get lost(): boolean {
    return this.#lost;
  }

  /**
   * Starts a command through the account's login shell, with a terminal when `pty` is given; without a
   * command, the login shell itself (RFC 4254 section 6.5).
   * @throws CubicError "ssh-failed" when the server refuses or the connection is gone.
   */
  async start(
    command: string | undefined,
    pty?: { readonly term: string } & TerminalSize,
  ): Promise<RemoteProcess> {
    const terminal = pty && { term: pty.term, cols: pty.columns, rows: pty.rows };
    return await this.#request<ClientChannel, RemoteProcess>(
      (done) => {
        if (command === undefined) this.#client.shell(terminal ?? false, done);
        else this.#client.exec(command, terminal ? { pty: terminal } : {}, done);
      },
      (channel) => new RemoteProcess(channel, this.closed),
      "start a command",
    );
  }

  /**
   * Opens an SFTP session.
   * @throws CubicError "ssh-failed" when the server has no SFTP or the connection is gone.
   */
  async sftp(): Promise<SftpSession> {
    return await this.#request<SFTPWrapper, SftpSession>(
      (done) => this.#client.sftp(done),
      (sftp) => new SftpSession(sftp, this.closed),
      "open an SFTP session",
    );
  }

  /**
   * Has the guest connect to somebody (RFC 4254 section 7.2).
   * @throws CubicError "ssh-failed" when it can't or may not, or the connection is gone.
   */
  async openTcp(host: string, port: number): Promise<ClientChannel> {
    return await this.#request<ClientChannel, ClientChannel>(
      (done) => this.#client.forwardOut("127.0.0.1", 0, host, port, done),
      (channel) => channel,
      `connect to ${host}:${port}`,
    );
  }

  /**
   * Has the guest listen (RFC 4254 section 7.1) and returns the port, which it chose when `port` is 0.
   * @throws CubicError "ssh-failed" when it can't or may not, or the connection is gone.
   */
  async listenTcp(
    address: string,
    port: number,
    onConnection: (incoming: IncomingTcp) => void,
  ): Promise<number> {
    const got = await this.#request<number, number>(
      (done) => this.#client.forwardIn(address, port, done),
      (port) => port,
      `listen on port ${port}`,
    );
    this.#client.on("tcp connection", ({ destIP, destPort }, accept, reject) => {
      if (destIP === address && destPort === got) onConnection({ accept, reject });
    });
    return got;
  }

  /** Ends the connection; commands still running lose their streams. */
  close(): void {
    this.#client.end();
  }

  /** Closes the connection at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** `wrap` runs at once: a short command's end may come in the same packet as the go-ahead. */
  #request<Raw, T>(
    ask: (done: (error: Error | undefined, value: Raw) => void) => void,
    wrap: (value: Raw) => T,
    what: string,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        const text = error instanceof Error ? error.message : String(error);
        const where = describeTarget(this.target);
        reject(
          new CubicError("ssh-failed", `Cannot ${what} on ${where}: ${text}`, { cause: error }),
        );
      };
      this.closed.then(() => fail(new Error("the connection was lost")));
      try {
        ask((error, value) => error ? fail(error) : resolve(wrap(value)));
      } catch (error) {
        fail(error); // ssh2 throws "Not connected" instead of calling back.
      }
    });
  }
}

async function handshake(
  target: SshTarget,
  socket: TcpSocket,
  { timeoutMs, signal, agent }: ConnectOptions & { readonly timeoutMs: number },
): Promise<ConnectResult> {
  // Until ssh2 listens, an error of the socket would be an uncaught exception.
  const early = (): void => {};
  socket.on("error", early);
  const ssh2 = await loadSsh2();
  const fastGcm = await hasFastGcm();
  const client = new ssh2.Client();
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
    return { ok: true, connection: new SshConnection(target, client, cipher) };
  }
  client.on("error", () => {});
  client.destroy();
  socket.destroy();
  if (failure instanceof CubicError) throw failure;
  return foreignKey
    ? { ok: false, reason: "host-key", error: await wrongHostKey(target, foreignKey) }
    : explain(target, failure);
}

function explain(target: SshTarget, failure: Error): ConnectResult {
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
