import { equal } from "node:assert/strict";
import { describeFetchError, isUntrusted } from "./http_error.ts";

const URL = "https://images.example/debian/SHA512SUMS";
const CONNECT = `error sending request for url (${URL}): client error (Connect): `;
const SENT =
  "error sending request from 10.0.0.2:45972 for https://images.example/ (192.0.2.1:443): client error (SendRequest): ";

/** Deno 2.9's words, as they came, and ours. */
const CASES: readonly (readonly [words: string, reason: string])[] = [
  [`${CONNECT}tcp connect error: Connection refused (os error 111)`, "connection refused"],
  [`${CONNECT}tcp connect error: Connection refused (os error 61)`, "connection refused"],
  [`${CONNECT}tcp connect error: Network is unreachable (os error 101)`, "network unreachable"],
  [`${CONNECT}tcp connect error: No route to host (os error 113)`, "network unreachable"],
  [`${CONNECT}tcp connect error: Connection timed out (os error 110)`, "timed out"],
  [
    `${CONNECT}dns error: failed to lookup address information: Name or service not known`,
    "host name unknown",
  ],
  [
    `${CONNECT}dns error: failed to lookup address information: nodename nor servname provided, or not known`,
    "host name unknown",
  ],
  [`${CONNECT}invalid peer certificate: UnknownIssuer`, "its certificate is not trusted"],
  [
    `${CONNECT}invalid peer certificate: certificate expired: verification time 1795355273 (UNIX), but certificate is not valid after 1795355272 (1 seconds ago)`,
    "its certificate has expired",
  ],
  [
    `${CONNECT}invalid peer certificate: certificate not valid yet: verification time 1 (UNIX), but certificate is not valid before 2`,
    "its certificate is not valid yet; is the clock right?",
  ],
  [
    `${CONNECT}invalid peer certificate: certificate not valid for name "localhost"; certificate is only valid for DnsName("other.example")`,
    "its certificate is for another name",
  ],
  [`${CONNECT}invalid peer certificate: BadSignature`, "its certificate is not trusted"],
  [`${CONNECT}invalid peer certificate: BadEncoding`, "its certificate is not valid"],
  [`${CONNECT}received corrupt message of type InvalidContentType`, "it does not speak TLS"],
  [`${CONNECT}tls handshake eof`, "the TLS handshake failed"],
  [`${CONNECT}proxy authentication required`, "the proxy wants a user and a password (407)"],
  [`${CONNECT}unsuccessful tunnel`, "the proxy refused to connect there"],
  [
    `${SENT}connection closed before message completed`,
    "it closed the connection without an answer",
  ],
  [`${SENT}Connection reset by peer (os error 104)`, "connection reset"],
  [`${SENT}invalid HTTP version parsed`, "its answer is not HTTP"],
  ["Fetch failed: Maximum number of redirects (20) reached", "too many redirects"],
  [
    "Fetch failed: Can not redirect to a non HTTP(s) url",
    "it redirects to something that is not http",
  ],
  ["error reading a body from connection", "the connection ended in the middle"],
  [`${CONNECT}something\nquite new`, "something quite new"],
  [`${SENT}something new`, "something new"],
  ["", "no reason is known"],
];

for (const [words, reason] of CASES) {
  Deno.test(`describeFetchError: ${reason} (${words.slice(-40).replace(/\s/g, " ")})`, () => {
    equal(describeFetchError(new TypeError("fetch failed", { cause: new Error(words) })), reason);
    equal(describeFetchError(new TypeError(words)), reason);
  });
}

Deno.test("describeFetchError names the time that ran out, and takes anything that is thrown", () => {
  equal(
    describeFetchError(AbortSignal.abort(new DOMException("x", "TimeoutError")).reason),
    "timed out",
  );
  equal(describeFetchError("odd"), "odd");
  equal(describeFetchError(undefined), "no reason is known");
  const circle = new Error("round");
  circle.cause = circle;
  equal(describeFetchError(circle), "round");
});

Deno.test("describeFetchError describes what this Deno throws", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const refused = await fetch(`http://127.0.0.1:${port}/`).catch((error) => error);
  equal(describeFetchError(refused), "connection refused");
  const slow = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const late = await fetch(`http://127.0.0.1:${slow.addr.port}/`, {
    signal: AbortSignal.timeout(50),
  }).catch((error) => error);
  slow.close();
  equal(describeFetchError(late), "timed out");
});

Deno.test("isUntrusted tells an unknown authority from other faults of a certificate", () => {
  const wrapped = (words: string): Error =>
    new TypeError("fetch failed", { cause: new Error(words) });
  equal(isUntrusted(wrapped(`${CONNECT}invalid peer certificate: UnknownIssuer`)), true);
  equal(isUntrusted(wrapped(`${CONNECT}invalid peer certificate: certificate expired`)), false);
});
