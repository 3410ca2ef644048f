import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { isCubicError } from "../errors.ts";
import { formatForward, parseForward, sameListener } from "./forward.ts";
import { randomTexts } from "../../tests/support/random.ts";

Deno.test("parseForward() listens on the loopback over TCP unless told otherwise", () => {
  const rules: Readonly<Record<string, string>> = {
    "8080:80": "127.0.0.1:8080:80/tcp",
    "0.0.0.0:8080:80": "0.0.0.0:8080:80/tcp",
    "5353:53/udp": "127.0.0.1:5353:53/udp",
    "10.1.2.3:1:65535/TCP": "10.1.2.3:1:65535/tcp",
  };
  for (const [text, full] of Object.entries(rules)) equal(formatForward(parseForward(text)), full);
});

Deno.test("parseForward() refuses ports that are none, IPv6 and what slirp would misread", () => {
  const wrong = ["", "80", "80:", ":80", "0:80", "80:0", "65536:1", "1:65536", "-1:1", "1.5:1"];
  const more = ["256.0.0.1:1:1", "1.2.3:1:1", "::1:80:80", "[::1]:80:80", "localhost:80:80"];
  for (
    const text of [...wrong, ...more, "80:80/sctp", "80:80,hostfwd=tcp::1-:1", "80:80\n", "８0:80"]
  ) {
    throws(() => parseForward(text), { code: "invalid-value" }, text);
  }
});

Deno.test("what parseForward() takes it takes again from its own form; the rest it refuses", () => {
  let taken = 0;
  for (const text of randomTexts(5000, ["1:1", "80:", "127.0.0.1:", "/tcp", "/udp", "65535"])) {
    try {
      const rule = parseForward(text);
      deepEqual(parseForward(formatForward(rule)), rule);
      taken++;
    } catch (error) {
      ok(isCubicError(error, "invalid-value"), String(error));
    }
  }
  ok(taken > 0);
});

Deno.test("sameListener() sees through the address that stands for all", () => {
  const same = (a: string, b: string): boolean => sameListener(parseForward(a), parseForward(b));
  ok(same("80:1", "80:2"));
  ok(same("0.0.0.0:80:1", "10.0.0.1:80:1"));
  ok(!same("10.0.0.2:80:1", "10.0.0.1:80:1"));
  ok(!same("80:1", "80:1/udp"));
  ok(!same("80:1", "81:1"));
});
