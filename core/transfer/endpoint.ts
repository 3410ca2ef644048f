/** What a user types as source or target of a copy: a host path, `[user@]instance:path`, or `-`. */
import { CubicError } from "../errors.ts";

/** One end of a copy. */
export type Endpoint =
  | HostEndpoint
  | GuestEndpoint
  /** Our standard input or output. */
  | { readonly kind: "standard" };

/** A path of the host. */
export interface HostEndpoint {
  readonly kind: "host";
  readonly path: string;
}

/** A path in a guest. */
export interface GuestEndpoint {
  readonly kind: "guest";
  readonly instance: string;
  /** Undefined: the instance's own user. */
  readonly user: string | undefined;
  /** As typed; empty means the home directory, and a relative path starts there. */
  readonly path: string;
}

/**
 * Reads an endpoint by scp's rule: the first colon ends the instance's name, unless a slash comes before
 * it or nothing does. So `./a:b` and `:x` are host paths, a guest path may hold further colons, and whether there is
 * a file called `a:b` does not matter. A lone `-` is our standard input or output; `./-` is a file.
 * @throws CubicError "usage" when something is empty that must not be.
 */
export function parseEndpoint(text: string): Endpoint {
  if (text === "") throw usage(text, "it is empty");
  if (text === "-") return { kind: "standard" };
  const colon = text.indexOf(":");
  const slash = text.indexOf("/");
  if (colon <= 0 || (slash !== -1 && slash < colon)) return { kind: "host", path: text };
  const [account, path] = [text.slice(0, colon), text.slice(colon + 1)];
  const at = account.indexOf("@");
  const user = at === -1 ? undefined : account.slice(0, at);
  const instance = account.slice(at + 1);
  if (user === "") throw usage(text, "there is no user before the @");
  if (instance === "") throw usage(text, "there is no instance before the colon");
  return { kind: "guest", instance, user, path };
}

function usage(text: string, why: string): CubicError {
  return new CubicError("usage", `Cannot read ${JSON.stringify(text)} as a path: ${why}`, {
    hint: "Write `instance:path` for a guest, `./path` for a host file whose name has a colon.",
  });
}
