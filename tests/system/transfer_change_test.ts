/** Single files that change while they are read, and two copies into one file. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { isCubicError } from "../../core/errors.ts";
import type { Progress } from "../../core/progress.ts";
import { digestOfFile } from "../../core/transfer/digest.ts";
import { eventually } from "../support/sandbox.ts";
import { namesIn, randomBytes, startBench, type TransferBench } from "../support/transfer.ts";

const MIB = 2 ** 20;
const SIZE = 48 * MIB;

interface Way {
  readonly from: string;
  readonly to: string;
  readonly paths: readonly string[];
}

/** Where "f" is copied from and to. */
function wayOf({ host, guest }: TransferBench, direction: "into" | "out of", name = "f"): Way {
  return direction === "into"
    ? { from: host, to: guest, paths: [join(host, name), `vm:${guest}/f`] }
    : { from: guest, to: host, paths: [`vm:${guest}/${name}`, join(host, "f")] };
}

/** Does something to the source at the first sign that bytes move. */
function atFirst(change: () => void): (event: Progress) => void {
  let done = false;
  return (event) => {
    if (event.kind !== "bytes" || done) return;
    done = true;
    change();
  };
}

for (const route of ["scp", "sftp", "stream"] as const) {
  for (const direction of ["into", "out of"] as const) {
    Deno.test(`a file that shrinks on its way ${direction} a guest over ${route} leaves the old one`, async () => {
      await using bench = await startBench();
      const { from, to, paths } = wayOf(bench, direction);
      await Deno.writeFile(join(from, "f"), randomBytes(SIZE));
      await Deno.writeTextFile(join(to, "f"), "old");
      const report = atFirst(() => Deno.truncateSync(join(from, "f"), 1000));
      const error = await bench.copy(paths, { route }, { report }).catch((error) => error);
      ok(isCubicError(error, "transfer-failed"), String(error));
      match(error.message, /^Cannot copy ".*f": /);
      equal(await Deno.readTextFile(join(to, "f")), "old");
      await eventually("it is tidied up", async () => (await namesIn(to)).join() === "f");
    });

    Deno.test(`a file that grows on its way ${direction} a guest over ${route} arrives as it was`, async () => {
      await using bench = await startBench();
      const { from, to, paths } = wayOf(bench, direction);
      await Deno.writeFile(join(from, "f"), randomBytes(SIZE));
      const before = await digestOfFile(join(from, "f"));
      const report = atFirst(() => {
        Deno.writeFileSync(join(from, "f"), randomBytes(MIB), { append: true });
      });
      const { bytes } = await bench.copy(paths, { route }, { report });
      equal(bytes, SIZE);
      equal(await digestOfFile(join(to, "f")), before);
      deepEqual(await namesIn(to), ["f"]);
    });

    Deno.test(`two copies into one file at once ${direction} a guest over ${route} leave one of the two`, async () => {
      await using bench = await startBench();
      const sources = ["one", "two"].map((name) => wayOf(bench, direction, name));
      const { from, to } = sources[0]!;
      for (const name of ["one", "two"]) {
        await Deno.writeFile(join(from, name), randomBytes(8 * MIB));
      }
      const wanted = await Promise.all(
        ["one", "two"].map((name) => digestOfFile(join(from, name))),
      );
      const ends = await Promise.allSettled(
        sources.map(({ paths }) => bench.copy(paths, { route })),
      );
      ok(ends.some(({ status }) => status === "fulfilled"), "one of them ends well");
      for (const end of ends) {
        if (end.status === "rejected") ok(isCubicError(end.reason), String(end.reason));
      }
      ok(wanted.includes(await digestOfFile(join(to, "f"))));
      deepEqual(await namesIn(to), ["f"]);
    });
  }
}
