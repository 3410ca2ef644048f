/** Everything there is to know about one image. */
import type { App } from "../app.ts";
import { isCubicError } from "../errors.ts";
import type { Operation } from "../progress.ts";
import type { RemoteImage } from "../../plugins/contract.ts";
import { requireStored } from "./ensure.ts";
import { type ImageTarget, parseImageName } from "./name.ts";
import { resolveRemote } from "./resolve.ts";
import type { StoredImage } from "./sidecar.ts";
import { findTarget } from "./target.ts";
import { verifyStored } from "./verify.ts";

/** A stored image, or what a vendor offers. */
export type ShownImage =
  | { readonly image: StoredImage }
  | { readonly target: ImageTarget; readonly remote: RemoteImage };

/**
 * Finds it in the store, or asks its vendor; with `verify` only the store will do, and its file is read again.
 * @throws CubicError "image-not-found", "distro-not-found", "network", "image-corrupt".
 */
export async function showImage(
  app: App,
  text: string,
  operation: Operation,
  verify: boolean,
): Promise<ShownImage> {
  try {
    const image = await requireStored(app, text, operation);
    if (verify) await verifyStored(app, image, operation);
    return { image };
  } catch (error) {
    if (verify || !isCubicError(error, "image-not-found")) throw error;
  }
  const target = await findTarget(app, parseImageName(text), operation);
  return { target, remote: await resolveRemote(app, target, operation.signal) };
}
