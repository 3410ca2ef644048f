import { deepEqual, equal, throws } from "node:assert/strict";
import { parseListing } from "./guest_list.ts";

Deno.test("parseListing() joins names with facts, whatever the names are", () => {
  const names = [".", "./a\nb", "./-rf", "./link", "./pipe"].map((name) => `${name}\0`).join("");
  const facts = "41ed 4096 7 8\n81a4 12 -5 8\n81ff 0 1 0\na1ff 5 1 0\n11a4 0 1 0\n";
  deepEqual(parseListing(`${names}\0${facts}`), [
    { path: "", kind: "directory", mode: 0o755, mtime: 7, size: 0, blocks: 8 },
    { path: "a\nb", kind: "file", mode: 0o644, mtime: -5, size: 12, blocks: 8 },
    { path: "-rf", kind: "file", mode: 0o777, mtime: 1, size: 0, blocks: 0 },
    { path: "link", kind: "symlink", mode: 0o777, mtime: 1, size: 0, blocks: 0 },
  ]);
});

Deno.test("parseListing() refuses what is no listing", () => {
  for (const text of ["", "x", ".\0\0nonsense", "../x\0\0" + "81a4 1 1 1"]) {
    equal(parseListing(text), undefined, text);
  }
  throws(() => parseListing(".\0./a\0\0" + "41ed 1 1 1"), /changes all the time/);
});
