/** Fetching for a distribution: each URL and each redirect is checked before anything is sent to it. */
import type { App, KnownDistro } from "../app.ts";
import { CubicError, interrupted, isCubicError } from "../errors.ts";
import { describeFetchError } from "../http_error.ts";
import { requireAllowed } from "./hosts.ts";

/** What fetching for a distro needs of the app. */
export type FetchApp = Pick<App, "host" | "config" | "paths">;

/** How much may come, and how long it may take. */
export interface FetchLimits {
  /** Bytes, after any content encoding was undone. */
  readonly bytes: number;
  /** Milliseconds for all of it. */
  readonly timeoutMs: number;
}

/** As many as browsers follow. */
const MAX_REDIRECTS = 20;

/** The limits of an index; Ubuntu's largest is 5 MB. */
const TEXT_LIMITS: FetchLimits = { bytes: 16 * 1024 * 1024, timeoutMs: 30_000 };

/**
 * A fetch that follows redirects by itself, and none to a place the distro may not be led to.
 * Rejects with CubicError "network" for those, and with fetch's own errors.
 */
export function guardedFetch(app: FetchApp, distro: KnownDistro): typeof fetch {
  return async (input, init) => {
    const asked = input instanceof Request ? input.url : String(input);
    let url = asked;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      await requireAllowed(app, distro, url, { redirected: hop > 0 });
      const response = await app.host.fetch(url, { ...init, redirect: "manual" });
      const location = redirectOf(response);
      if (location === undefined) return response;
      await response.body?.cancel();
      url = URL.parse(location, url)?.href ?? location;
    }
    throw new CubicError("network", `Cannot fetch ${asked}: it is redirected without end`);
  };
}

function redirectOf({ status, headers }: Response): string | undefined {
  return [301, 302, 303, 307, 308].includes(status)
    ? headers.get("location") ?? undefined
    : undefined;
}

/**
 * The bytes at a URL of the distro's hosts.
 * @throws CubicError "network", "image-not-found" when the server has no such file, "interrupted".
 */
export async function fetchBytes(
  app: FetchApp,
  distro: KnownDistro,
  url: string,
  signal: AbortSignal,
  limits: FetchLimits = TEXT_LIMITS,
): Promise<Uint8Array<ArrayBuffer>> {
  const timeout = AbortSignal.timeout(limits.timeoutMs);
  try {
    const either = AbortSignal.any([signal, timeout]);
    const response = await guardedFetch(app, distro)(url, { signal: either });
    if (!response.ok) {
      await response.body?.cancel();
      throw serverAnswered(app, distro, url, response.status);
    }
    return await limitedBytes(response, url, limits.bytes);
  } catch (error) {
    if (signal.aborted) throw interrupted();
    if (isCubicError(error)) throw error;
    const reason = timeout.aborted
      ? `no answer in ${limits.timeoutMs / 1000} s`
      : describeFetchError(error);
    throw new CubicError("network", `Cannot reach ${URL.parse(url)?.host ?? url}: ${reason}`, {
      hint: networkHint(distro),
      cause: error,
    });
  }
}

/** The same as text; what is no UTF-8 becomes U+FFFD. */
export async function fetchText(
  app: FetchApp,
  distro: KnownDistro,
  url: string,
  signal: AbortSignal,
): Promise<string> {
  return new TextDecoder().decode(await fetchBytes(app, distro, url, signal));
}

async function limitedBytes(
  response: Response,
  url: string,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > limit) throw new CubicError("network", `Cannot read ${url}: it is too large`);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

function serverAnswered(
  app: FetchApp,
  distro: KnownDistro,
  url: string,
  status: number,
): CubicError {
  const mirrored = app.config.mirror[distro.name] !== undefined;
  return new CubicError(
    status === 404 || status === 410 ? "image-not-found" : "network",
    `Cannot fetch ${url}: the server answered ${status}`,
    {
      hint: mirrored
        ? `Is the mirror right? \`cubic config get mirror.${distro.name}\` shows it.`
        : networkHint(distro),
    },
  );
}

/** What to try when a vendor's server can't be reached. */
function networkHint({ name }: Pick<KnownDistro, "name">): string {
  const mirror = `Check the network, or use a mirror: \`cubic config set mirror.${name} URL\`.`;
  const buildable = name === "debian" || name === "ubuntu";
  return buildable
    ? `${mirror}\nWith a package mirror alone: \`cubic image build ${name}\`.`
    : mirror;
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
