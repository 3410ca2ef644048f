import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
import { addSums, readSums, writeSums } from "./sha256sums.ts";

Deno.test("SHA256SUMS is what sha256sum itself would check", async () => {
  const directory = await Deno.makeTempDir({ prefix: "cubic-test-" });
  try {
    for (const name of ["b", "a"]) await Deno.writeTextFile(join(directory, name), name);
    await writeSums(directory, ["b"]);
    await addSums(directory, ["a", "b"]);
    const sums = readSums(await Deno.readTextFile(join(directory, "SHA256SUMS")));
    deepEqual([...sums.keys()], ["a", "b"]);
    // The digest of "a", as FIPS 180 and every tool has it.
    equal(sums.get("a"), "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb");
    const args = ["--check", "--status", "SHA256SUMS"];
    equal((await new Deno.Command("sha256sum", { args, cwd: directory }).output()).code, 0);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
