/** One request for the file, or for a part of it. */
import { CubicError } from "../../errors.ts";
import type { Job } from "./job.ts";
import { type Answer, type Asked, readAnswer } from "./answer.ts";
import { badStatus, redirectedWithoutEnd } from "./failures.ts";

/** An answer and the body that comes with it. */
export interface Asking {
  readonly answer: Answer;
  readonly response: Response;
}

/**
 * Sends the request and reads the head of the answer.
 * @throws Broken for a status that may pass, CubicError for one that will not, and fetch's own errors
 */
export async function ask(
  { host, request, part }: Job,
  asked: Asked,
  signal: AbortSignal,
): Promise<Asking> {
  // Asked for explicitly, fetch does not undo any content encoding either: the digest is of the bytes that came.
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (asked && part.identity.validator !== undefined) {
    headers["range"] = `bytes=${asked.start}-${asked.end === undefined ? "" : asked.end - 1}`;
    // A server whose file has changed answers with all of it instead (RFC 9110, 13.1.5).
    headers["if-range"] = part.identity.validator;
  }
  const response = await host.fetch(request.url, { headers, signal }).catch((error) => {
    throw isRedirectedWithoutEnd(error) ? redirectedWithoutEnd(request, error) : error;
  });
  try {
    (request.allow ?? refuseDowngrade(request.url))(response.url || request.url);
    if (![200, 206, 416].includes(response.status)) throw badStatus(request, response, host.now());
    return { answer: readAnswer(response, asked, part.identity), response };
  } catch (error) {
    await response.body?.cancel();
    throw error;
  }
}

/** What came over https must not be swapped on the way for what came without. */
function refuseDowngrade(asked: string): (url: string) => void {
  return (url) => {
    if (!asked.startsWith("https:") || url.startsWith("https:")) return;
    throw new CubicError(
      "network",
      `Cannot fetch ${asked}: it is redirected to ${url}, which is not https`,
    );
  };
}

function isRedirectedWithoutEnd(error: unknown): boolean {
  return error instanceof TypeError && /number of redirects/i.test(error.message);
}
