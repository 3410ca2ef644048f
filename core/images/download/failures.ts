/** The ways a download fails, and what a person is told. */
import { CubicError } from "../../errors.ts";
import type { Download } from "./request.ts";

/** Waits that a server asks for are obeyed up to this, in milliseconds. */
const LONGEST_RETRY_AFTER_MS = 30_000;

/** The attempt failed in a way the next one may not. */
export class Broken extends Error {
  /** What the server asked to wait before the next one, in milliseconds. */
  readonly retryAfterMs: number;

  constructor(message: string, more: { readonly retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, { cause: more.cause });
    this.retryAfterMs = more.retryAfterMs ?? 0;
  }
}

/** The server's answer to a range can't be used; asking for the whole file may still work. */
export class RangeRefused extends Broken {}

/** What a status other than 200 and 206 means: worth another try, or not. */
export function badStatus(request: Download, response: Response, now: number): Error {
  const { status } = response;
  const text = `the server answered ${status}`;
  if (status >= 500 || status === 408 || status === 425 || status === 429) {
    const retryAfterMs = retryAfter(response.headers.get("retry-after"), now);
    return new Broken(text, { retryAfterMs });
  }
  const gone = status === 404 || status === 410;
  return new CubicError(
    gone ? "image-not-found" : "network",
    `Cannot download ${request.label}: ${text} for ${request.url}`,
    {
      hint: gone
        ? "The vendor may have replaced it at this moment; try again in a while."
        : "Check the mirror and any proxy in between.",
    },
  );
}

/** The milliseconds that a Retry-After header asks for (RFC 9110, 10.2.3), within reason. */
function retryAfter(header: string | null, now: number): number {
  if (header === null) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS);
}

/** The error after the last attempt. */
export function gaveUp(request: Download, done: number, error: Broken): CubicError {
  const kept = done > 0 ? " What has come is kept: the same command goes on from there." : "";
  return new CubicError("network", `Cannot download ${request.label}: ${error.message}`, {
    hint: `Check the network and try again.${kept}`,
    details: request.url,
    cause: error,
  });
}

/** The whole file has come and is not the one that was announced. */
export function wrongDigest({ label, url, checksum }: Download, digest: string): CubicError {
  const { algorithm } = checksum;
  return new CubicError(
    "image-corrupt",
    `Cannot use ${label}: what came is not what was announced`,
    {
      hint: "It was deleted. Try again; if it stays so, use another mirror and tell the vendor.",
      details: [
        url,
        `${algorithm} must be ${checksum.digest}`,
        `${" ".repeat(algorithm.length)}  but is ${digest}`,
      ].join("\n"),
    },
  );
}

/** The server's file has another length than the vendor's index says, so its digest can only be wrong. */
export function wrongSize({ label, url }: Download, listed: number, total: number): CubicError {
  return new CubicError(
    "image-corrupt",
    `Cannot use ${label}: the server's file is not what was announced`,
    {
      hint: "Try again; if it stays so, use another mirror and tell the vendor.",
      details: `${url}\nit must have ${listed} bytes but has ${total}`,
    },
  );
}

/** A body without a length went on beyond all reason. */
export function endless({ label, url }: Download, limit: number): CubicError {
  return new CubicError(
    "image-corrupt",
    `Cannot use ${label}: the server sends more than ${limit} bytes and no end`,
    { hint: "What came was deleted. Use another mirror and tell the vendor.", details: url },
  );
}

/** A web page came where the image should be. */
export function webPage({ label, url }: Download): CubicError {
  return new CubicError("network", `Cannot download ${label}: the server sent a web page instead`, {
    hint: "Check the mirror, and whether this network wants you to log in first.",
    details: url,
  });
}

/** A server sends us round in circles. */
export function redirectedWithoutEnd({ label, url }: Download, cause: unknown): CubicError {
  return new CubicError("network", `Cannot download ${label}: it is redirected without end`, {
    hint: "Check the mirror and any proxy in between.",
    details: url,
    cause,
  });
}
