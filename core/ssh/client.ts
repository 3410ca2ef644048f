/**
 * SSH connections: one key, one pinned host key, and the settings that make ssh2 fast under Deno.
 */
import type { Client, ClientChannel, SFTPWrapper } from "ssh2";
import { CubicError } from "../errors.ts";
import { loadClient } from "./load.ts";
import { type ConnectFailure, logIn } from "./login.ts";
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
  /** Milliseconds that the server may take to open a channel and start what was asked for; 60 s when left out. */
  readonly answerTimeoutMs?: number;
  /** Socket of an ssh-agent that every command of the connection may use; none when left out. */
  readonly agent?: string;
}

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
    const { host, port } = target;
    const opening = openSocket({ host, port, timeoutMs: bannerMs, signal });
    // While the server gets ready; if it can't be loaded, logging in tells.
    loadClient().catch(() => {});
    socket = await opening;
  } catch (error) {
    if (!(error instanceof CubicError) || error.code === "interrupted") throw error;
    return { ok: false, reason: "unreachable", error };
  }
  const left = started + timeoutMs - performance.now();
  const login = await logIn(target, socket, { ...options, timeoutMs: left });
  if (!login.ok) return login;
  const { client, cipher } = login;
  return {
    ok: true,
    connection: new SshConnection(target, client, cipher, options.answerTimeoutMs),
  };
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
  readonly #answerTimeoutMs: number;
  #lost = false;

  constructor(target: SshTarget, client: Client, cipher: string, answerTimeoutMs = 60_000) {
    this.target = target;
    this.cipher = cipher;
    this.#client = client;
    this.#answerTimeoutMs = answerTimeoutMs;
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
   * @throws CubicError "ssh-failed" when the server refuses or does not answer, or the connection is gone.
   */
  async start(
    command: string | undefined,
    pty?: { readonly term: string } & TerminalSize,
  ): Promise<RemoteProcess> {
    const terminal = pty && { term: pty.term, cols: pty.columns, rows: pty.rows };
    const what = "start a command";
    const starting = this.#request<ClientChannel, RemoteProcess>(
      (done) => {
        if (command === undefined) this.#client.shell(terminal ?? false, done);
        else this.#client.exec(command, terminal ? { pty: terminal } : {}, done);
      },
      (channel) => new RemoteProcess(channel, this.closed),
      what,
    );
    return await this.#inTime(starting, what, (late) => late.close());
  }

  /**
   * Opens an SFTP session.
   * @throws CubicError "ssh-failed" when the server has no SFTP or does not answer, or the connection is gone.
   */
  async sftp(): Promise<SftpSession> {
    const what = "open an SFTP session";
    const opening = this.#request<SFTPWrapper, SftpSession>(
      (done) => this.#client.sftp(done),
      (sftp) => new SftpSession(sftp, this.closed),
      what,
    );
    return await this.#inTime(opening, what, (late) => late[Symbol.dispose]());
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
      const fail = (error: unknown): void => reject(this.#failure(what, error));
      this.closed.then(() => fail(new Error("the connection was lost")));
      try {
        ask((error, value) => error ? fail(error) : resolve(wrap(value)));
      } catch (error) {
        fail(error); // ssh2 throws "Not connected" instead of calling back.
      }
    });
  }

  /** A server that keeps the connection alive and never answers must not be waited for without end. */
  async #inTime<T>(opening: Promise<T>, what: string, giveBack: (late: T) => void): Promise<T> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      late.reject(this.#failure(what, new Error("no answer in time")));
      opening.then(giveBack, () => {});
    }, this.#answerTimeoutMs);
    try {
      return await Promise.race([opening, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  #failure(what: string, error: unknown): CubicError {
    const text = error instanceof Error ? error.message : String(error);
    const where = describeTarget(this.target);
    return new CubicError("ssh-failed", `Cannot ${what} on ${where}: ${text}`, { cause: error });
  }
}
