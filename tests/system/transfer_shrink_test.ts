/** Trees with a file that becomes shorter while it is read: the rest arrives, and that file does not look whole. */
import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import type { Progress } from "../../core/progress.ts";
import { namesIn, randomBytes, startBench } from "../support/transfer.ts";

const SIZE = 48 * 2 ** 20;

const WAYS = [
  ["into a guest as a stream", "stream", true],
  ["into a guest over SFTP", "sftp", true],
  ["out of a guest as a stream", "stream", false],
  ["out of a guest over SFTP", "sftp", false],
] as const;

for (const [name, route, isUp] of WAYS) {
  Deno.test(`a tree goes ${name} without the file that shrinks while it is read`, async () => {
    await using bench = await startBench();
    const { host, guest, copy } = bench;
    const [from, to] = isUp ? [join(host, "tree"), guest] : [join(guest, "tree"), host];
    await Deno.mkdir(from);
    await Deno.mkdir(join(to, "tree"));
    await Deno.writeTextFile(join(to, "tree/large one"), "old");
    await Deno.writeFile(join(from, "large one"), randomBytes(SIZE));
    for (const inner of ["a", "z"]) await Deno.writeTextFile(join(from, inner), inner);
    const report = (event: Progress): void => {
      if (event.kind === "bytes") Deno.truncateSync(join(from, "large one"), 1000);
    };
    const paths = isUp ? [from, `vm:${to}`] : [`vm:${from}`, to];
    const result = await copy(paths, { route }, { report });
    equal(result.warnings.length, 1, result.warnings.join("\n"));
    match(result.warnings[0] ?? "", /"tree\/large one": it shrank while it was read/);
    deepEqual([result.files, result.bytes], [2, 2]);
    deepEqual(await namesIn(join(to, "tree")), ["a", "large one", "z"]);
    equal(await Deno.readTextFile(join(to, "tree/large one")), "old");
    equal(await Deno.readTextFile(join(to, "tree/z")), "z");
  });
}

Deno.test("a file with holes that shrinks inside of one does not arrive as if it were whole", async () => {
  await using bench = await startBench();
  const { host, guest, copy } = bench;
  await Deno.mkdir(join(host, "tree"));
  await Deno.writeFile(join(host, "tree/f"), randomBytes(2 ** 20));
  await Deno.truncate(join(host, "tree/f"), SIZE);
  const report = (event: Progress): void => {
    if (event.kind === "bytes") Deno.truncateSync(join(host, "tree/f"), SIZE / 2);
  };
  const { warnings } = await copy([join(host, "tree"), `vm:${guest}`], {}, { report });
  match(warnings.join(), /it shrank while it was read/);
  deepEqual(await namesIn(join(guest, "tree")), []);
});
