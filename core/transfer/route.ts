/** The ways a file can take. Each is one file in `routes/` with this one interface. */
import type { Operation } from "../progress.ts";
import type { SshConnection } from "../ssh/client.ts";

/** What a route came to. Whatever fails after the first byte moved is thrown instead. */
export type RouteResult =
  | { readonly kind: "done"; readonly bytes: number }
  /** Nothing was moved and nothing was left behind: another route may be tried. */
  | { readonly kind: "unavailable"; readonly reason: string };

/** Bytes to read, in order, as many as were announced. */
export interface ByteSource {
  readonly size: number;
  /**
   * Pieces of that length (the last may be shorter), each valid until the next one is asked for.
   * @throws CubicError "transfer-failed" when there are fewer bytes than announced.
   */
  chunks(length: number): AsyncIterable<Uint8Array>;
}

/** Where to put bytes, in order. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>;
}

/** One file for the guest. */
export interface UploadJob {
  readonly source: ByteSource;
  /** Absolute path in the guest; never a directory. */
  readonly path: string;
  /** Permission bits for the new file. */
  readonly mode: number;
  /** True: the guest's umask is applied to a mode. False: the mode is kept as it is. */
  readonly useUmask: boolean;
  /** Write into the file that is there, because it is a device or can't be replaced. */
  readonly inPlace: boolean;
  /** The absolute path of the source on the host, for a route that needs the file and not its bytes. */
  readonly local?: string;
}

/** One file from the guest. */
export interface DownloadJob {
  /** Absolute path in the guest. */
  readonly path: string;
  readonly sink: ByteSink;
  /** The path of the file behind the sink, if it is one that is still empty. */
  readonly part?: string;
}

/** How a route tells how far it is. */
export interface RouteOperation extends Operation {
  /** Called with the bytes that have surely left or arrived, and how many there will be. */
  readonly moved: (done: number, total: number) => void;
}

/** One way to copy one file. */
export interface Route {
  readonly name: "scp" | "sftp" | "block";
  /** Puts a file under its name, whole or not at all; throws CubicError when it can't. */
  upload(connection: SshConnection, job: UploadJob, op: RouteOperation): Promise<RouteResult>;
  /** Hands a file's bytes to the sink; throws CubicError when they are not all there. */
  download(connection: SshConnection, job: DownloadJob, op: RouteOperation): Promise<RouteResult>;
}
