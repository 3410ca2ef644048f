import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { isCubicError } from "../errors.ts";
import { formatEndpoint, parseProxy, parseTunnel } from "./tunnel_spec.ts";
import { randomTexts } from "../../tests/support/random.ts";

function read(text: string): string {
  const { listen, target } = parseTunnel("local", text);
  ok(target);
  return `${formatEndpoint(listen)} ${formatEndpoint(target)}`;
}

Deno.test("parseTunnel() listens on the loopback unless told otherwise", () => {
  const specs: Readonly<Record<string, string>> = {
    "8080:localhost:80": "127.0.0.1:8080 localhost:80",
    "0:db.internal:5432": "127.0.0.1:0 db.internal:5432",
    "0.0.0.0:8080:10.0.0.1:80": "0.0.0.0:8080 10.0.0.1:80",
    "*:8080:localhost:80": "0.0.0.0:8080 localhost:80",
    ":8080:localhost:80": "0.0.0.0:8080 localhost:80",
    "[::1]:8080:[fe80::1]:80": "[::1]:8080 [fe80::1]:80",
    "localhost:1:localhost:65535": "localhost:1 localhost:65535",
  };
  for (const [text, wanted] of Object.entries(specs)) equal(read(text), wanted, text);
});

Deno.test("parseProxy() takes a port and where to listen", () => {
  deepEqual(parseProxy("1080"), { kind: "dynamic", listen: { host: "127.0.0.1", port: 1080 } });
  deepEqual(parseProxy("[::1]:0").listen, { host: "::1", port: 0 });
});

Deno.test("parseTunnel() and parseProxy() refuse what is no tunnel", () => {
  const wrong = ["", "80", "80:80", "8080:localhost:0", "65536:a:1", "1:a:65536", "1::1:80", "a:b"];
  for (const text of [...wrong, "1:a b:2", "1:a:2\n", "-1:a:1", "8080:localhost:80/udp"]) {
    throws(() => parseTunnel("remote", text), { code: "invalid-value" }, text);
  }
  for (const text of ["", "65536", "a", "::1:1080", "1080:a:1"]) {
    throws(() => parseProxy(text), { code: "invalid-value" }, text);
  }
});

Deno.test("parseTunnel() reads or refuses whatever is written", () => {
  let taken = 0;
  for (const text of randomTexts(5000, ["1:", "localhost", ":80", "[::1]", "*:", "65535"])) {
    try {
      const [listen = "", target = ""] = read(text).split(" ");
      equal(read(`${listen}:${target}`), `${listen} ${target}`);
      taken++;
    } catch (error) {
      ok(isCubicError(error, "invalid-value"), String(error));
    }
  }
  ok(taken > 0);
});
