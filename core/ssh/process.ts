/** A command running in the guest: one SSH session channel (RFC 4254 section 6). */
import type { Readable } from "node:stream";
import type { ClientChannel } from "ssh2";
import { CubicError } from "../errors.ts";
import { takesBorrowed } from "./borrowed.ts";
import { ChannelReader } from "./channel_reader.ts";

export type { ChannelReader };

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

/** How long a guest may take to answer to the end of a channel. */
const ANSWER_MS = 1000;

/**
 * A running command. Both outputs must be read to their end, they share one window: at most 3 MiB wait here, then the
 * guest waits.
 */
export class RemoteProcess {
  /** How the command ended; never rejects. */
  readonly status: Promise<ExitStatus>;
  readonly stdout: ChannelReader;
  readonly stderr: ChannelReader;
  readonly #channel: ClientChannel;
  readonly #giveUp: () => void;
  #over = false;
  #abandonWrite: () => void = () => {};

  constructor(channel: ClientChannel, connectionClosed: Promise<void>) {
    this.#channel = channel;
    const status = Promise.withResolvers<ExitStatus>();
    this.status = status.promise;
    this.#giveUp = () => status.resolve({ kind: "lost" });
    channel.on("exit", (code: number | null, signal?: string) => {
      status.resolve(
        code === null
          ? { kind: "signal", signal: (signal ?? "").replace(/^SIG/, "") }
          : { kind: "code", code },
      );
    });
    channel.on("close", this.#giveUp);
    channel.on("error", this.#giveUp);
    connectionClosed.then(this.#giveUp);
    ({ stdout: this.stdout, stderr: this.stderr } = readOutputs(channel));
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

  /**
   * Closes the channel: the command loses its streams, a terminal session is hung up. When the guest does not answer to
   * that, the command counts as lost after a second.
   */
  close(): void {
    this.#channel.close();
    if (!this.#over) {
      const timer = setTimeout(this.#giveUp, ANSWER_MS);
      this.status.then(() => clearTimeout(timer));
    }
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
 * Takes a channel's outputs out of ssh2's streams. ssh2 opens the window again as soon as one of the two is read, however
 * much of the other waits: a command that writes to both would fill our memory. The window is left shut while
 * either is full.
 */
function readOutputs(
  channel: ClientChannel,
): { readonly stdout: ChannelReader; readonly stderr: ChannelReader } {
  const isFull = (): boolean => stdout.full || stderr.full;
  // "No room" makes ssh2 wait for a _read; the last of the two that has room again calls it.
  const onRoom = (): void => {
    if (!isFull()) channel._read(0);
  };
  const divert = (stream: Readable): ChannelReader => {
    const reader = new ChannelReader(stream, onRoom);
    const push = stream.push.bind(stream);
    stream.push = (bytes: Uint8Array | null) => {
      if (bytes === null) return push(null);
      reader.accept(bytes);
      return !isFull();
    };
    return reader;
  };
  takesBorrowed(channel);
  const stdout = divert(channel);
  const stderr = divert(channel.stderr as Readable);
  return { stdout, stderr };
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
