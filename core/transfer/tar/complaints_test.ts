import { deepEqual, equal } from "node:assert/strict";
import { cutMembers } from "./complaints.ts";

Deno.test("GNU tar's words tell which files are not whole", () => {
  const said = [
    "tar: ./a: File shrank by 1 byte; padding with zeros",
    "/usr/bin/tar: ./d/it's: here: File shrank by 20 bytes; padding with zeros",
    "tar: ./bad disk: Read error at byte 4096, while reading 512 bytes: Input/output error",
    "tar: ./secret: Cannot open: Permission denied",
    "tar: ./log: file changed as we read it",
    "tar: Exiting with failure status due to previous errors",
    "",
  ];
  deepEqual(cutMembers(said.join("\n"), "."), ["a", "d/it's: here", "bad disk"]);
});

Deno.test("a file that can't be told from tar's words leaves all of them in doubt", () => {
  const shrank = "File shrank by 20 bytes; padding with zeros";
  equal(cutMembers(`tar: ./two\nlines: ${shrank}\n`, "."), undefined);
  equal(cutMembers(`tar: ./../up: ${shrank}\n`, "."), undefined);
  equal(cutMembers(`tar: ./f: ${shrank}\n`, "./f"), undefined);
  equal(cutMembers(`${"x".repeat(2_000_000)}\n`, "."), undefined);
});
