/**
 * SFTP version 3 (draft-ietf-secsh-filexfer-02) as promises, over ssh2. Requests may be sent without waiting
 * for the answers of those before; who calls decides how many are in flight.
 */
import { Buffer } from "node:buffer";
import type { SFTPWrapper } from "ssh2";
import { type ListingBudget, listingBudget, spendNames } from "./listing_budget.ts";
import { divertData } from "./sftp_data.ts";

/** An open file in the guest. */
export type SftpHandle = Buffer & { readonly sftpHandle?: never };

/** What the server knows about a file. */
export interface SftpStat {
  readonly size: number;
  /** Permission bits and file type, as in st_mode. */
  readonly mode: number;
  /** Seconds since 1970. */
  readonly mtime: number;
}

/** A name in a directory. */
export interface SftpName {
  readonly name: string;
  readonly stat: SftpStat;
}

interface RawName {
  readonly filename: string;
  readonly attrs: SftpStat;
}

/** What the server knows about a file system. */
export interface FileSystemFacts {
  /** Bytes an ordinary user may still write. */
  readonly free: number;
  readonly readOnly: boolean;
}

/** As ssh2 gives them; bit 0 of the flags is read-only (OpenSSH's PROTOCOL, section 4.4). */
type RawFileSystem = Readonly<Record<"f_frsize" | "f_bavail" | "f_flag", number>>;

/** The status codes that decide something here (section 7). */
export const SFTP_STATUS = {
  endOfFile: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
} as const;

/** The most bytes of one read request that OpenSSH answers in full. */
export const SFTP_READ_SIZE = 261_120;

/** Seven SSH packets less the 29 bytes of a write request's header, so that no packet is a stub. */
export const SFTP_WRITE_SIZE = 7 * 32_768 - 29;

const SESSION_ENDED = "the SFTP session has ended";

/** An SFTP session on a connection. Errors carry the server's status number in `code`. */
export class SftpSession implements Disposable {
  readonly #sftp: SFTPWrapper;
  readonly #pending = new Set<(error: Error) => void>();
  #ended = false;

  constructor(sftp: SFTPWrapper, connectionClosed: Promise<void>) {
    this.#sftp = sftp;
    divertData(sftp);
    // Told to every pending request as well; without a listener it would end the program.
    sftp.on("error", () => {});
    sftp.on("close", () => this.abandon());
    connectionClosed.then(() => this.abandon());
  }

  /** Opens a file: "r" to read, "r+" to change, "w" to make or truncate, "wx" to make a new one with that mode. */
  open(path: string, flags: "r" | "r+" | "w" | "wx", mode = 0o666): Promise<SftpHandle> {
    return this.#answer((done) => this.#sftp.open(path, flags, { mode }, done));
  }

  /** Ends a handle; a server may report a failed write only here. */
  close(handle: SftpHandle): Promise<void> {
    return this.#answer((done) => this.#sftp.close(handle, done));
  }

  /** Reads at a position into the buffer; resolves with the bytes read, 0 at the end of the file. */
  read(handle: SftpHandle, into: Uint8Array, position: number): Promise<number> {
    return this.#answer((done) => {
      this.#sftp.read(handle, view(into), 0, into.length, position, done);
    });
  }

  /** Writes all bytes at a position; they are copied before this returns. */
  write(handle: SftpHandle, bytes: Uint8Array, position: number): Promise<void> {
    return this.#answer((done) =>
      this.#sftp.write(handle, view(bytes), 0, bytes.length, position, done)
    );
  }

  /** Facts of an open file. */
  fstat(handle: SftpHandle): Promise<SftpStat> {
    return this.#answer((done) => this.#sftp.fstat(handle, done));
  }

  /** Facts of a file, symbolic links followed. */
  stat(path: string): Promise<SftpStat> {
    return this.#answer((done) => this.#sftp.stat(path, done));
  }

  /** Sets the permission bits of an open file. */
  chmod(handle: SftpHandle, mode: number): Promise<void> {
    return this.#answer((done) => this.#sftp.fchmod(handle, mode, done));
  }

  /** The absolute form of a path; relative ones start at the home directory. */
  realpath(path: string): Promise<string> {
    return this.#answer((done) => this.#sftp.realpath(path, done));
  }

  /** Removes a file. */
  unlink(path: string): Promise<void> {
    return this.#answer((done) => this.#sftp.unlink(path, done));
  }

  /** Renames over whatever is there (posix-rename@openssh.com); rejects where the server can't. */
  rename(from: string, to: string): Promise<void> {
    return this.#answer((done) => this.#sftp.ext_openssh_rename(from, to, done));
  }

  /**
   * What is in a directory, without "." and "..". Names that are not UTF-8 come with U+FFFD in them.
   * @throws CubicError "transfer-failed" when it is more than the budget has left.
   */
  async list(path: string, budget: ListingBudget = listingBudget()): Promise<SftpName[]> {
    const handle = await this.#answer<SftpHandle>((done) => this.#sftp.opendir(path, done));
    const found: SftpName[] = [];
    try {
      while (true) {
        const names = await this.#readDirectory(handle);
        // Nothing is the end as well, as OpenSSH has it.
        if (names.length === 0) return found;
        spendNames(budget, names.map(({ filename }) => filename));
        for (const { filename, attrs: { size, mode, mtime } } of names) {
          if (filename === "." || filename === "..") continue;
          found.push({ name: filename, stat: { size, mode, mtime } });
        }
      }
    } finally {
      await this.close(handle).catch(() => {});
    }
  }

  /** The next names of a directory, as many as the server likes; none at the end. */
  async #readDirectory(handle: SftpHandle): Promise<readonly RawName[]> {
    // The method's types lack the option; without it ssh2 leaves out names, and none would not be the end.
    const sftp = this.#sftp as unknown as {
      readdir(handle: SftpHandle, options: { full: boolean }, done: Answer<RawName[]>): void;
    };
    try {
      return await this.#answer<RawName[]>((done) => sftp.readdir(handle, { full: true }, done));
    } catch (error) {
      const ended = error instanceof Error && "code" in error &&
        error.code === SFTP_STATUS.endOfFile;
      if (!ended) throw error;
      return [];
    }
  }

  /** What a symbolic link says. */
  readLink(path: string): Promise<string> {
    return this.#answer((done) => this.#sftp.readlink(path, done));
  }

  /** Makes a symbolic link at `path`. */
  makeLink(target: string, path: string): Promise<void> {
    return this.#answer((done) => this.#sftp.symlink(target, path, done));
  }

  /** Makes a directory. */
  makeDirectory(path: string, mode: number): Promise<void> {
    return this.#answer((done) => this.#sftp.mkdir(path, { mode }, done));
  }

  /** Removes an empty directory. */
  removeDirectory(path: string): Promise<void> {
    return this.#answer((done) => this.#sftp.rmdir(path, done));
  }

  /** Facts of a file, of a symbolic link itself. */
  lstat(path: string): Promise<SftpStat> {
    return this.#answer((done) => this.#sftp.lstat(path, done));
  }

  /** Sets permission bits, and the time of the last change in seconds from 0 to 2^32 - 1. */
  setFacts(path: string, mode: number, mtime?: number): Promise<void> {
    const times = mtime === undefined ? {} : { atime: mtime, mtime };
    return this.#answer((done) => this.#sftp.setstat(path, { mode, ...times }, done));
  }

  /** The file system of a path; undefined if unknown. */
  async fileSystem(path: string): Promise<FileSystemFacts | undefined> {
    try {
      // The method's types lack the answer (statvfs@openssh.com).
      const sftp = this.#sftp as unknown as {
        ext_openssh_statvfs(path: string, done: Answer<RawFileSystem>): void;
      };
      const { f_frsize, f_bavail, f_flag } = await this.#answer<RawFileSystem>((done) =>
        sftp.ext_openssh_statvfs(path, done)
      );
      return { free: f_frsize * f_bavail, readOnly: f_flag % 2 === 1 };
    } catch {
      return undefined;
    }
  }

  /** Ends the session. */
  [Symbol.dispose](): void {
    this.#sftp.end();
  }

  /** ssh2 keeps requests of a session that is gone, and never calls back. */
  #answer<T = void>(ask: (done: Answer<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(new Error(SESSION_ENDED));
      this.#pending.add(reject);
      // ssh2 throws at once when an extension is missing; inside here that rejects.
      ask((error, value) => {
        this.#pending.delete(reject);
        if (error) reject(error);
        else resolve(value);
      });
    });
  }

  /** Rejects everything that is still unanswered, now and from now on: for a server that hangs. */
  abandon(): void {
    this.#ended = true;
    for (const reject of this.#pending) reject(new Error(SESSION_ENDED));
    this.#pending.clear();
  }
}

type Answer<T> = (error: Error | null | undefined, value: T) => void;

/** The same bytes as the kind of array ssh2 insists on. */
function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}
