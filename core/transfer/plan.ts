/** What to copy from where to where, before anything is looked at. */
import { CubicError } from "../errors.ts";
import type { Endpoint } from "./endpoint.ts";

/** Which way the bytes go, seen from the host. */
export type Direction = "upload" | "download";

/** One file to copy between the host and one guest. */
export interface CopyPlan {
  readonly direction: Direction;
  readonly instance: string;
  readonly user: string | undefined;
  /** The host's path. */
  readonly local: string;
  /** The guest's path, as typed. */
  readonly remote: string;
}

/**
 * Decides the direction.
 * @throws CubicError "usage" when not exactly one end is a guest.
 */
export function planCopy(source: Endpoint, target: Endpoint): CopyPlan {
  if (source.kind === "host" && target.kind === "guest") {
    const { instance, user, path } = target;
    return { direction: "upload", instance, user, local: source.path, remote: path };
  }
  if (source.kind === "guest" && target.kind === "host") {
    const { instance, user, path } = source;
    return { direction: "download", instance, user, local: target.path, remote: path };
  }
  throw source.kind === "host"
    ? new CubicError("usage", "Cannot copy: neither path is in an instance", {
      hint: "Write `instance:path` for the guest's side: `cubic scp file.txt web:`",
    })
    : new CubicError("usage", "Cannot copy: both paths are in an instance", {
      hint: "Copy to the host first, then from there to the other instance.",
    });
}
