import { deepEqual, throws } from "node:assert/strict";
import { isCubicError } from "../errors.ts";
import { type Endpoint, parseEndpoint } from "./endpoint.ts";

const host = (path: string): Endpoint => ({ kind: "host", path });
const guest = (instance: string, path: string, user?: string): Endpoint => ({
  kind: "guest",
  instance,
  user,
  path,
});

const CASES: readonly (readonly [string, Endpoint])[] = [
  ["file", host("file")],
  ["./a:b", host("./a:b")],
  ["/tmp/a:b", host("/tmp/a:b")],
  ["dir/web:x", host("dir/web:x")],
  [":x", host(":x")],
  ["web:", guest("web", "")],
  ["web:~/", guest("web", "~/")],
  ["web:file", guest("web", "file")],
  ["web:/etc/a:b:c", guest("web", "/etc/a:b:c")],
  ["web:a@b:c", guest("web", "a@b:c")],
  ["root@web:/etc/hosts", guest("web", "/etc/hosts", "root")],
  ["web: spaced ", guest("web", " spaced ")],
  ["web:line\nend", guest("web", "line\nend")],
  ["a@b", host("a@b")],
];

for (const [text, expected] of CASES) {
  Deno.test(`parseEndpoint() reads ${JSON.stringify(text)}`, () => {
    deepEqual(parseEndpoint(text), expected);
  });
}

Deno.test("parseEndpoint() refuses empty parts", () => {
  for (const text of ["", "@web:x", "root@:x"]) {
    throws(() => parseEndpoint(text), (error) => isCubicError(error, "usage"));
  }
});

Deno.test("parseEndpoint() takes a lone dash for standard input or output, and no other", () => {
  deepEqual(parseEndpoint("-"), { kind: "standard" });
  deepEqual(parseEndpoint("./-"), { kind: "host", path: "./-" });
  deepEqual(parseEndpoint("--"), { kind: "host", path: "--" });
});
