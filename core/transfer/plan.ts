/** What to copy from where to where, before anything is looked at. */
import { CubicError } from "../errors.ts";
import type { Endpoint, GuestEndpoint, HostEndpoint } from "./endpoint.ts";
import { parseEndpoint } from "./endpoint.ts";

/** Which way the bytes go, seen from the host. */
export type Direction = "upload" | "download";

/** A path of the host or of a guest. */
export type PathEndpoint = HostEndpoint | GuestEndpoint;

/** What a copy is asked to be. */
export type CopyPlan =
  | {
    readonly kind: "paths";
    readonly sources: readonly PathEndpoint[];
    readonly target: PathEndpoint;
  }
  /** Our standard input becomes a file of a guest. */
  | { readonly kind: "input"; readonly target: GuestEndpoint }
  /** A guest's file becomes our standard output. */
  | { readonly kind: "output"; readonly source: GuestEndpoint };

/**
 * Reads the arguments of a copy, the last of which is the target.
 * @throws CubicError "usage" when they don't fit together.
 */
export function planCopy(args: readonly string[]): CopyPlan {
  const endpoints = args.map(parseEndpoint);
  const target = endpoints.at(-1);
  const sources = endpoints.slice(0, -1);
  const [first] = sources;
  if (!target || !first) throw usage("Cannot tell what to copy where");
  const paths = sources.filter(isPath);
  if (paths.length === sources.length && isPath(target)) {
    return { kind: "paths", sources: paths, target };
  }
  if (sources.length > 1) throw usage("Cannot copy: - stands for one file, and alone");
  if (first.kind === "standard" && target.kind === "guest") return { kind: "input", target };
  if (first.kind === "guest" && target.kind === "standard") {
    return { kind: "output", source: first };
  }
  throw usage("Cannot copy: with - the other path has to be in an instance");
}

function isPath(endpoint: Endpoint): endpoint is PathEndpoint {
  return endpoint.kind !== "standard";
}

function usage(message: string): CubicError {
  return new CubicError("usage", message, {
    hint: "Write sources and then a target: `cubic scp file.txt web:`, `cubic scp web:log -`",
  });
}
