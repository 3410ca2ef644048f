/** Getting an image from a URL: the digest the user gives is all there is to verify it by, so there must be one. */
import { basename } from "node:path";
import type { App } from "../app.ts";
import { CubicError } from "../errors.ts";
import type { Operation } from "../progress.ts";
import type { RemoteImage } from "../../plugins/contract.ts";
import type { Patience } from "./download.ts";
import { fileFacts } from "./import.ts";
import { obtainImage } from "./obtain.ts";
import type { StoredImage } from "./sidecar.ts";
import { downloadLock } from "./waiting.ts";

/** What to fetch. */
export interface UrlRequest {
  readonly url: string;
  /** Lower-case. */
  readonly sha256: string | undefined;
  /** Fetch it even if it is stored. */
  readonly again: boolean;
  /** Bytes of the disk it is wanted for, if that is settled. */
  readonly disk?: number | undefined;
}

/**
 * Obtains the image at a URL.
 * @throws CubicError "usage" without a digest, and as `obtainImage`.
 */
export async function fetchUrl(
  app: App,
  { url, sha256, again, disk }: UrlRequest,
  operation: Operation,
  patience: Patience,
): Promise<StoredImage> {
  if (sha256 === undefined) {
    throw new CubicError("usage", `Cannot verify ${url}: nothing tells what it should be`, {
      hint: "Give its digest with --sha256; whoever publishes the image publishes that too.",
    });
  }
  const name = basename(new URL(url).pathname) || "image";
  const checksum = { algorithm: "sha256", digest: sha256 } as const;
  const remote: RemoteImage = { url, format: "qcow2", checksum };
  await using _lock = await downloadLock(app, `${name} ${sha256.slice(0, 8)}`, operation);
  const facts = { ...fileFacts(app, name, sha256), source: url };
  const wanted = { label: name, remote, facts, again, disk, trust: "given" } as const;
  return await obtainImage(app, { ...wanted, fetch: app.host.fetch }, operation, patience);
}
