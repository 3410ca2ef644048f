import { deepEqual, equal, throws } from "node:assert/strict";
import { parseReceipt, receiptPath } from "./receipt.ts";

Deno.test("receiptPath is where install.sh writes, whatever CUBIC_HOME says", () => {
  const path = (os: "linux" | "darwin", env: Record<string, string>): string | undefined =>
    receiptPath({ os, env: (name) => env[name] });
  const home = { HOME: "/home/me", CUBIC_HOME: "/elsewhere" };
  equal(path("linux", home), "/home/me/.local/share/cubic/install-receipt");
  equal(path("linux", { ...home, XDG_DATA_HOME: "/data" }), "/data/cubic/install-receipt");
  equal(path("darwin", home), "/home/me/Library/Application Support/cubic/install-receipt");
  equal(path("linux", {}), undefined);
});

Deno.test("parseReceipt reads what install.sh writes, and trusts TLS alone", () => {
  const text = (releases: string): string =>
    `program=/a b=c/cubic\nversion=1.2.3\nreleases=${releases}\n`;
  deepEqual(parseReceipt(text("https://h.example/releases/")), {
    program: "/a b=c/cubic",
    version: "1.2.3",
    releases: "https://h.example/releases",
  });
  equal(parseReceipt("program=/cubic\n"), undefined);
  for (const url of ["http://h.example", "file:///tmp", "http://127.0.0.1.h.example", "nothing"]) {
    throws(() => parseReceipt(text(url)), { code: "invalid-value" }, url);
  }
});
