/** From the description of a remote image to a verified one in the store. */
import { basename, join } from "node:path";
import type { App } from "../app.ts";
import { CubicError } from "../errors.ts";
import { acquireLock } from "../lock.ts";
import type { Operation } from "../progress.ts";
import type { RemoteImage } from "../../plugins/contract.ts";
import { digestFile } from "./digest.ts";
import { download, type Patience } from "./download.ts";
import { lookAhead } from "./fits.ts";
import { withIncoming } from "./incoming.ts";
import { discardPartial } from "./partial.ts";
import type { ImageFacts, SignedBy, StoredImage } from "./sidecar.ts";
import { sniffImage } from "./sniff.ts";
import { addImage, renameImage } from "./store.ts";
import { unpackImage } from "./unpack.ts";

/** The same bytes under another label, over a slow line. */
const WAIT_MS = 3_600_000;

/** An image to get. */
export interface Wanted {
  /** What it is called in progress and errors. */
  readonly label: string;
  readonly remote: RemoteImage;
  readonly facts: Omit<ImageFacts, "verified" | "signature" | "origin">;
  /** How its digest came to be trusted, beside a signature. */
  readonly trust: "checksum" | "given";
  /** Checks the vendor's signature over the digest; undefined when there is none to go by. */
  readonly signedList?: () => Promise<SignedBy | undefined>;
  /** The same for a signature over the file itself. */
  readonly signedFile?: (file: string) => Promise<SignedBy | undefined>;
  /** Fetch it even if it is stored: the file in the store is damaged. */
  readonly again?: boolean;
  /** Bytes of the disk it is wanted for, if that is settled. */
  readonly disk?: number | undefined;
  /** Fetches as the image's origin may. */
  readonly fetch: typeof fetch;
}

/**
 * Downloads an image unless its bytes are here already, verifies them, and stores them as a complete qcow2 file.
 * @throws CubicError "network", "image-not-found", "image-corrupt", "signature-wrong", "signature-missing",
 * "invalid-value" when it does not fit on its disk, "disk-full", "interrupted".
 */
export async function obtainImage(
  app: App,
  wanted: Wanted,
  operation: Operation,
  patience: Patience,
): Promise<StoredImage> {
  const { label, remote } = wanted;
  const { url, checksum, size } = remote;
  const listed = await wanted.signedList?.();
  const known = { checksum, facts: factsOf(wanted, listed), now: app.host.now() };
  const same = wanted.again ? undefined : await renameImage(app.paths, known);
  if (same) return same;
  if (wanted.disk !== undefined) {
    await lookAhead(wanted.fetch, remote, wanted.disk, operation.signal);
  }
  const partial = join(downloads(app), `${checksum.algorithm}-${checksum.digest}.part`);
  const host = { ...app.host, fetch: wanted.fetch };
  const request = { url, checksum, label, partial, ...(size !== undefined && { size }) };
  await using _lock = await acquireLock(app.paths, partialLock(partial), {
    purpose: `downloading ${label}`,
    signal: operation.signal,
    waitMs: WAIT_MS,
  });
  try {
    await download(host, request, operation, patience);
    const signed = listed ?? await verifyFile(wanted, partial);
    return await storeDownload(app, wanted, partial, factsOf(wanted, signed), operation);
  } catch (error) {
    operation.report({ kind: "done", label });
    throw error;
  }
}

/** A file whose signature is wrong must not be found by the next try. */
async function verifyFile(
  { signedFile }: Wanted,
  partial: string,
): Promise<SignedBy | undefined> {
  try {
    return await signedFile?.(partial);
  } catch (error) {
    if (error instanceof CubicError && error.code === "signature-wrong") {
      await discardPartial(partial);
    }
    throw error;
  }
}

async function storeDownload(
  app: App,
  { label, remote, trust }: Wanted,
  partial: string,
  facts: ImageFacts,
  operation: Operation,
): Promise<StoredImage> {
  const { checksum } = remote;
  const now = app.host.now();
  // Whoever gives a URL and a digest says nothing of what is in the file.
  const { format, compression } = trust === "given" ? await sniffImage(partial) : remote;
  return await withIncoming(app, `storing ${label}`, operation.signal, async (into) => {
    if (format === "qcow2" && compression === undefined) {
      return await addImage(app.paths, { file: partial, checksum, facts, now });
    }
    const packed = { file: partial, format, ...(compression && { compression }), into, label };
    const file = await unpackImage(app.host, packed, operation);
    const digest = await digestFile(file, "sha256", operation.signal);
    const stored = await addImage(app.paths, {
      file,
      checksum: { algorithm: "sha256", digest },
      facts: { ...facts, origin: checksum },
      now,
    });
    await discardPartial(partial);
    return stored;
  });
}

function factsOf(
  { facts, remote, trust }: Wanted,
  signature: SignedBy | undefined,
): ImageFacts {
  const { build, firmware } = remote;
  return {
    ...facts,
    ...(build !== undefined && { build }),
    ...(firmware === "bios" && { firmware }),
    ...(signature ? { verified: "signature", signature } : { verified: trust }),
  };
}

/** The name of the lock that is held while a partial download is written, read or removed. Pure. */
export function partialLock(partial: string): string {
  return `download-${basename(partial, ".part")}`;
}

/** Where partial downloads are. */
export function downloads({ paths }: Pick<App, "paths">): string {
  return join(paths.cache, "downloads");
}
