/** Getting the image of a release from its vendor. */
import type { App } from "../app.ts";
import { isCubicError } from "../errors.ts";
import type { Operation } from "../progress.ts";
import type { RemoteImage } from "../../plugins/contract.ts";
import type { Patience } from "./download.ts";
import { guardedFetch } from "./fetch.ts";
import { imageNames, type ImageTarget, releaseWord } from "./name.ts";
import { obtainImage, type Wanted } from "./obtain.ts";
import { resolveRemote } from "./resolve.ts";
import type { StoredImage } from "./sidecar.ts";
import { signatureChecks } from "./signed.ts";

/** How to get it. */
export interface FetchImageOptions {
  readonly requireSignature: boolean;
  readonly again: boolean;
  /** Bytes of the disk it is wanted for, if that is settled. */
  readonly disk: number | undefined;
  readonly patience: Patience;
}

/**
 * Asks the vendor which image it is, and obtains that.
 * @throws CubicError as `resolveRemote` and `obtainImage`.
 */
export async function fetchImage(
  app: App,
  target: ImageTarget,
  operation: Operation,
  options: FetchImageOptions,
): Promise<StoredImage> {
  const ask = (): Promise<RemoteImage> => resolveRemote(app, target, operation.signal);
  const obtain = (remote: RemoteImage): Promise<StoredImage> =>
    obtainImage(
      app,
      wantedOf(app, target, remote, options, operation),
      operation,
      options.patience,
    );

  operation.report({ kind: "step", text: `Looking for ${target.id}` });
  warnOfEnd(app, target, operation);
  const remote = await ask();
  try {
    return await obtain(remote);
  } catch (error) {
    if (
      !["image-corrupt", "signature-wrong"].some((code) =>
        isCubicError(error) && error.code === code
      )
    ) {
      throw error;
    }
    // A moving name can be replaced between the list and the image: then the list is new too.
    const now = await ask();
    if (now.checksum.digest === remote.checksum.digest) throw error;
    return await obtain(now);
  }
}

function warnOfEnd({ host }: App, { distro, release }: ImageTarget, { report }: Operation): void {
  const { version, endOfLife } = release;
  if (endOfLife === undefined || endOfLife >= new Date(host.now()).toISOString().slice(0, 10)) {
    return;
  }
  const text =
    `Support of ${distro.title} ${version} ended on ${endOfLife}: nobody mends its faults`;
  report({ kind: "warning", text });
}

function wantedOf(
  app: App,
  target: ImageTarget,
  remote: RemoteImage,
  { again, disk, requireSignature }: FetchImageOptions,
  operation: Operation,
): Wanted {
  const { distro, release, arch, id } = target;
  const { cpuLevel = 1 } = release;
  return {
    label: id,
    remote,
    trust: "checksum",
    again,
    disk,
    fetch: guardedFetch(app, distro),
    facts: {
      names: imageNames(target),
      distro: distro.name,
      release: releaseWord(release),
      ...(release.codename !== undefined && { codename: release.codename }),
      version: release.version,
      arch,
      source: remote.url,
      ...(arch === "amd64" && cpuLevel !== 1 && { cpuLevel }),
    },
    ...signatureChecks(app, target, remote, requireSignature, operation),
  };
}
