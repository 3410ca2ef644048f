/** What a server's answer means for the file that is being put together. Pure: RFC 9110, sections 8.8, 13.1.5, 14 and 15. */
import type { Identity } from "../partial.ts";

/** What was asked for; undefined for the whole file. */
export type Asked = { readonly start: number; readonly end: number | undefined } | undefined;

/** What came. */
export type Answer =
  /** Bytes of the file from `from` on. */
  | {
    readonly kind: "body";
    readonly from: number;
    readonly identity: Identity;
    /** True when it is of the file that the partial is of. */
    readonly same: boolean;
    /** True when further ranges can be asked for. */
    readonly ranges: boolean;
  }
  /** There is nothing after what is there already. */
  | { readonly kind: "complete" }
  /** A page for people, where a login or a proxy is in between: no image, and no reason to doubt the partial. */
  | { readonly kind: "page" }
  /** An answer to another question than was asked. */
  | { readonly kind: "useless"; readonly reason: string };

/** Reads an answer with status 200, 206 or 416. */
export function readAnswer(
  { status, headers }: Pick<Response, "status" | "headers">,
  asked: Asked,
  known: Identity,
): Answer {
  if (status === 416) return readUnsatisfied(headers, asked);
  const validator = validatorOf(headers);
  if (status === 200) {
    if (/^text\/html\b/i.test(headers.get("content-type") ?? "")) return { kind: "page" };
    const identity = { validator, total: lengthOf(headers) };
    const [length, expected] = [identity.total, known.total];
    const same = validator !== undefined && validator === known.validator &&
      (length === undefined || expected === undefined || length === expected);
    const ranges = validator !== undefined && identity.total !== undefined &&
      headers.get("accept-ranges")?.trim().toLowerCase() === "bytes";
    return { kind: "body", from: 0, identity, same, ranges };
  }
  return readPart(headers, validator, asked, known);
}

function readPart(
  headers: Headers,
  validator: string | undefined,
  asked: Asked,
  known: Identity,
): Answer {
  const useless = (reason: string): Answer => ({ kind: "useless", reason });
  if (asked === undefined) {
    return useless("the server sent a part of the file, which nobody asked for");
  }
  const found = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i.exec(
    headers.get("content-range") ?? "",
  );
  if (!found) return useless("the server sent a part and did not say which");
  const [start, last] = [Number(found[1]), Number(found[2])];
  const total = found[3] === "*" ? known.total : Number(found[3]);
  if (start !== asked.start || last < start || last >= (total ?? Infinity)) {
    return useless("the server sent another part than was asked for");
  }
  if (known.total !== undefined && total !== known.total) {
    return useless("the server's file has another length now");
  }
  // A part may come without a validator of its own; one that comes must be that of the rest.
  if (validator !== undefined && !headerHas(headers, known.validator)) {
    return useless("the server's file is another one now");
  }
  const identity = { validator: known.validator, total };
  return { kind: "body", from: start, identity, same: true, ranges: total !== undefined };
}

function readUnsatisfied(headers: Headers, asked: Asked): Answer {
  const total = /^bytes \*\/(\d{1,15})$/i.exec(headers.get("content-range") ?? "")?.[1];
  if (total !== undefined && Number(total) === asked?.start) return { kind: "complete" };
  return { kind: "useless", reason: "the server says that its file is shorter than what came" };
}

/** A strong ETag, or else the date. */
function validatorOf(headers: Headers): string | undefined {
  const etag = headers.get("etag");
  // A weak ETag says "much the same", which is not enough to join two halves.
  if (etag !== null && !etag.startsWith("W/")) return etag || undefined;
  return headers.get("last-modified") || undefined;
}

/** True when a header is the validator; a server may add an ETag to an answer that was asked for by date. */
function headerHas(headers: Headers, validator: string | undefined): boolean {
  return [headers.get("etag"), headers.get("last-modified")].includes(validator ?? "");
}

function lengthOf(headers: Headers): number | undefined {
  const length = headers.get("content-length") ?? "";
  return /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}
