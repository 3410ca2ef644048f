/** Why a request failed, in a few words: Deno's own tell the whole way there. Pure. */

/** What Deno, hyper, rustls and the system say, and what it means. The first that fits counts. */
const REASONS: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/proxy authentication required/i, "the proxy wants a user and a password (407)"],
  [/unsuccessful tunnel/i, "the proxy refused to connect there"],
  [/socks/i, "the proxy can't be used"],
  [/certificate expired|\bExpired\b/i, "its certificate has expired"],
  [
    /certificate not valid yet|NotValidYet/i,
    "its certificate is not valid yet; is the clock right?",
  ],
  [/certificate revoked|\bRevoked\b/i, "its certificate was revoked"],
  [/not valid for name|NotValidForName/i, "its certificate is for another name"],
  // A bad signature is that of an authority with a known name but another key.
  [/UnknownIssuer|BadSignature/i, "its certificate is not trusted"],
  [/invalid peer certificate/i, "its certificate is not valid"],
  [/InvalidContentType|corrupt message/i, "it does not speak TLS"],
  [/tls handshake eof|received fatal alert|HandshakeFailure/i, "the TLS handshake failed"],
  [
    /dns error|failed to lookup|Name or service not known|nodename nor servname/i,
    "host name unknown",
  ],
  [/Connection refused/i, "connection refused"],
  [/Connection reset|Broken pipe/i, "connection reset"],
  [/Network is unreachable|No route to host|Host is unreachable/i, "network unreachable"],
  [/timed out|timeout/i, "timed out"],
  [
    /closed before message completed|IncompleteMessage/i,
    "it closed the connection without an answer",
  ],
  [/reading a body|unexpected EOF|end of file before/i, "the connection ended in the middle"],
  [/Maximum number of redirects/i, "too many redirects"],
  [/redirect to a non HTTP/i, "it redirects to something that is not http"],
  [/invalid HTTP|parsed/i, "its answer is not HTTP"],
];

/** The way from the request to its failure, in Deno's words; nothing of it helps a person. */
const WAY =
  /^error sending request(?: from \S+)? for (?:url \()?.*?\)?(?: \([^)]*\))?: (?:client error \(\w+\): )?/;

/**
 * The reason of a failed request, without the URL: "connection refused", "its certificate is not trusted". Words that
 * are not known are passed on, on one line.
 */
export function describeFetchError(error: unknown): string {
  const words = messages(error);
  const all = words.join(": ");
  const known = REASONS.find(([pattern]) => pattern.test(all));
  if (known) return known[1];
  const last = words.at(-1) ?? "";
  return last.replace(WAY, "").replace(/\s+/g, " ").trim() || "no reason is known";
}

/** True when nobody we trust vouches for the server: what another certificate authority would mend. */
export function isUntrusted(error: unknown): boolean {
  return messages(error).some((message) => /UnknownIssuer|BadSignature/i.test(message));
}

/** The error's message and those of its causes, outermost first; as deep as anybody nests them. */
function messages(error: unknown): string[] {
  const found: string[] = [];
  for (let at = error, depth = 0; at !== undefined && at !== null && depth < 8; depth++) {
    found.push(
      at instanceof Error
        ? `${at.name === "TimeoutError" ? "timeout: " : ""}${at.message}`
        : String(at),
    );
    at = at instanceof Error ? at.cause : undefined;
  }
  return found;
}
