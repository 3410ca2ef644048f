/** A command running in the guest: one SSH session channel (RFC 4254 section 6). */
import type { Readable } from "node:stream";
import type { ClientChannel } from "ssh2";
import { CubicError } from "../errors.ts";

/** The size of a terminal in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** How a command ended. */
export type ExitStatus =
  | { readonly kind: "code"; readonly code: number }
  /** Ended by a signal, named as in RFC 4254: "KILL", "TERM". */
  | { readonly kind: "signal"; readonly signal: string }
  /** The channel ended and nobody said how: the connection died, or the guest's session was killed. */
  | { readonly kind: "lost" };

/**
 * A running command. Both outputs must be read to their end, they share one window: at most 2 MiB each wait
 * here, then the guest waits.
 */
export class RemoteProcess {
  /** How the command ended; never rejects. */
  readonly status: Promise<ExitStatus>;
  readonly stdout: ChannelReader;
  readonly stderr: ChannelReader;
  readonly #channel: ClientChannel;
  #over = false;
  #abandonWrite: () => void = () => {};

  constructor(channel: ClientChannel, connectionClosed: Promise<void>) {
    this.#channel = channel;
    const status = Promise.withResolvers<ExitStatus>();
    this.status = status.promise;
    channel.on("exit", (code: number | null, signal?: string) => {
      status.resolve(
        code === null
          ? { kind: "signal", signal: (signal ?? "").replace(/^SIG/, "") }
          : { kind: "code", code },
      );
    });
    channel.on("close", () => status.resolve({ kind: "lost" }));
    channel.on("error", () => status.resolve({ kind: "lost" }));
    connectionClosed.then(() => status.resolve({ kind: "lost" }));
    shareWindow(channel, channel.stderr as Readable);
    this.stdout = new ChannelReader(channel);
    this.stderr = new ChannelReader(channel.stderr as Readable);
    // ssh2 forgets the callback of a write when the channel closes under it.
    this.status.then(() => {
      this.#over = true;
      this.#abandonWrite();
    });
  }

  /**
   * Sends bytes to the command's standard input; resolves when the guest's window had room for all of
   * them, with false when the command has ended. One at a time; the bytes may be overwritten after that.
   */
  write(bytes: Uint8Array): Promise<boolean> {
    const channel = this.#channel;
    if (this.#over || !channel.writable) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#abandonWrite = () => resolve(false);
      channel.write(bytes, (error) => resolve(!error));
    });
  }

  /** Bytes that were given to {@linkcode write} and that the guest's window has no room for yet. */
  get unsent(): number {
    return this.#channel.writableLength;
  }

  /** Tells the command that its input has ended (EOF); its outputs stay open. */
  end(): void {
    if (this.#channel.writable) this.#channel.end();
  }

  /** Sends a signal such as "INT" (RFC 4254 section 6.9); not every server passes it on. */
  signal(name: string): void {
    // ssh2's own method does nothing once the input has ended, which is when Ctrl-C is wanted most.
    const { _client, outgoing } = this.#channel as unknown as ChannelInternals;
    if (outgoing?.state === "open" || outgoing?.state === "eof") {
      _client?._protocol?.signal(outgoing.id, name);
    }
  }

  /** Tells the command's terminal its new size. */
  resize({ columns, rows }: TerminalSize): void {
    this.#channel.setWindow(rows, columns, 0, 0);
  }

  /** Closes the channel: the command loses its streams, a terminal session is hung up. */
  close(): void {
    this.#channel.close();
    // Unread output would keep the channel from ending.
    this.stdout.discard();
    this.stderr.discard();
  }
}

interface ChannelInternals {
  readonly _client?: { readonly _protocol?: { signal(id: number, name: string): void } };
  readonly outgoing?: { readonly id: number; readonly state: string };
}

/**
 * ssh2 opens the window again as soon as one of the two outputs is read, however much of the other waits: a
 * command that writes to both would fill our memory. The window is left shut while either is full.
 */
function shareWindow(stdout: Readable, stderr: Readable): void {
  for (const [stream, other] of [[stdout, stderr], [stderr, stdout]] as const) {
    const otherIsFull = (): boolean => other.readableLength >= other.readableHighWaterMark;
    const push = stream.push.bind(stream);
    const open = stream._read.bind(stream);
    // "No room" makes ssh2 wait for a _read, and a full stream calls that when it is no longer full: the last
    // of the two to be so opens the window.
    stream.push = (chunk) => push(chunk) && !otherIsFull();
    stream._read = (size) => {
      if (!otherIsFull()) open(size);
    };
  }
}

const LONGEST_READ = 256 * 1024;

/** Reads one output of a command. */
export class ChannelReader {
  /** Resolves when the output has ended and everything of it was read. */
  readonly finished: Promise<void>;
  readonly #stream: Readable;
  #ended = false;
  #wake: () => void = () => {};

  constructor(stream: Readable) {
    this.#stream = stream;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.finished = promise;
    const end = (): void => {
      this.#ended = true;
      resolve();
      this.#wake();
    };
    stream.on("readable", () => this.#wake());
    stream.on("end", end);
    stream.on("close", end);
    stream.on("error", end);
  }

  /** Everything that has come since the last call, as soon as there is any; undefined at the end. */
  async read(): Promise<Uint8Array | undefined> {
    while (true) {
      // In bounded pieces: read() alone would join all 2 MiB that may wait into one new buffer.
      const bytes: Uint8Array | null = this.#stream.read(
        Math.min(LONGEST_READ, this.#stream.readableLength) || undefined,
      );
      if (bytes !== null) return bytes;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** The rest as text, for messages: `limit` bytes at most, what is beyond is read and dropped. */
  async text(limit = 64 * 1024): Promise<string> {
    const decoder = new TextDecoder();
    let text = "";
    let length = 0;
    for (let bytes = await this.read(); bytes; bytes = await this.read()) {
      if (length < limit) {
        text += decoder.decode(bytes.subarray(0, limit - length), { stream: true });
      }
      length += bytes.length;
    }
    return text;
  }

  /** Drops what comes from now on, so that nobody waits for it to be read. */
  discard(): void {
    this.#stream.removeAllListeners("readable");
    this.#stream.resume();
  }
}

/** Linux's numbers of the signals RFC 4254 section 6.10 names, and of others that OpenSSH sends. */
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  TRAP: 5,
  ABRT: 6,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
};

/**
 * The exit code a shell would show: the command's own, or 128 + signal number.
 * @throws CubicError "ssh-failed" when nobody said how the command ended.
 */
export function exitCode(status: ExitStatus): number {
  switch (status.kind) {
    case "code":
      return status.code > 255 ? 255 : status.code;
    case "signal":
      // An unknown signal must not look like success.
      return 128 + (SIGNAL_NUMBERS[status.signal.replace(/@.*$/, "")] ?? 127);
    case "lost":
      throw new CubicError(
        "ssh-failed",
        "Cannot tell how the command ended: the connection was lost",
        {
          hint: "`cubic instances` shows whether the machine still runs.",
        },
      );
  }
}
