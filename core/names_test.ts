import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { CubicError } from "./errors.ts";
import { didYouMean, instanceName, suggestions, userName } from "./names.ts";
import { randomTexts } from "../tests/support/random.ts";

Deno.test("instanceName() returns host name labels that start with a letter", () => {
  for (const name of ["a", "web", "Web-1", "a--b", "x".repeat(63)]) equal(instanceName(name), name);
});

Deno.test("instanceName() refuses what is a path, a flag, a number or too long", () => {
  const wrong = [
    "",
    ".",
    "..",
    "../web",
    "a/b",
    "-a",
    "a-",
    "1",
    "1a",
    "a_b",
    "a.b",
    "a b",
    "web\n",
  ];
  for (const name of [...wrong, "é", "x".repeat(64), "a,b", "a\0"]) {
    throws(() => instanceName(name), { code: "invalid-name" }, JSON.stringify(name));
  }
});

Deno.test("userName() refuses what useradd refuses", () => {
  for (const name of ["a", "_apt", "debian-1", "a".repeat(32)]) equal(userName(name), name);
  for (const name of ["", "Root", "1a", "-a", "a b", "a:b", "a\n", "a".repeat(33)]) {
    throws(() => userName(name), { code: "invalid-name" }, JSON.stringify(name));
  }
});

Deno.test("names from any text are either safe in a path and a host name or refused", () => {
  for (const text of randomTexts(3000, ["web", "--", "../", "x".repeat(40)])) {
    for (const check of [instanceName, userName]) {
      try {
        ok(/^[\w-]+$/.test(check(text)));
      } catch (error) {
        ok(error instanceof CubicError, String(error));
      }
    }
  }
});

Deno.test("suggestions() come by likeness and are three at most", () => {
  deepEqual(suggestions("debain", ["ubuntu", "debian", "fedora"]), ["debian"]);
  deepEqual(suggestions("deb", ["debian", "ubuntu"]), ["debian"]);
  deepEqual(suggestions("WEB", ["web"]), ["web"]);
  deepEqual(suggestions("web1", ["web2", "web3", "web4", "web5"]).length, 3);
  deepEqual(suggestions("", ["a", "bc"]), ["a"]);
  deepEqual(suggestions("quite-other", ["web"]), []);
});

Deno.test("didYouMean() is a sentence, or nothing when nothing is near", () => {
  equal(didYouMean("wbe", ["web", "db"]), "Did you mean web?");
  equal(didYouMean("wbe", []), undefined);
});
