/**
 * A program for a mount namespace of its own, where its first argument is a small file system: copies more into it than
 * fits, by every route and both ways, and writes what came of it as JSON into the file of its second argument.
 */
import { join } from "node:path";
import { isCubicError } from "../../core/errors.ts";
import type { RouteChoice } from "../../core/transfer/run_copy.ts";
import { manifest, randomBytes, startBench } from "./transfer.ts";

/** One copy that did not fit. */
export interface FullDiskOutcome {
  readonly name: string;
  /** The code of the error, or what came instead of one. */
  readonly code: string;
  readonly message: string;
  /** What was in the target's directory before, and what is there afterwards. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

const MIB = 2 ** 20;
const CASES: readonly (readonly [what: "f" | "tree", route: RouteChoice])[] = [
  ["f", "scp"],
  ["f", "sftp"],
  ["f", "stream"],
  ["tree", "stream"],
  ["tree", "sftp"],
  ["tree", "scp"],
];

async function fillDisk(small: string): Promise<FullDiskOutcome[]> {
  await using bench = await startBench();
  const { copy, host } = bench;
  await Deno.writeFile(join(host, "f"), randomBytes(6 * MIB));
  await Deno.mkdir(join(host, "tree"));
  for (let index = 0; index < 60; index++) {
    await Deno.writeFile(join(host, "tree", `${index}`), randomBytes(MIB / 10));
  }
  const outcomes: FullDiskOutcome[] = [];
  for (const [what, route] of CASES) {
    for (const direction of ["into", "out of"]) {
      const target = join(small, `${direction} ${what} ${route}`);
      await Deno.mkdir(join(target, "tree"), { recursive: true });
      await Deno.writeTextFile(join(target, "f"), "old");
      await Deno.writeTextFile(join(target, "tree/0"), "old");
      const before = await manifest(target);
      const [from, to] = direction === "into" ? ["", "vm:"] : ["vm:", ""];
      const error = await copy([`${from}${host}/${what}`, `${to}${target}`], { route })
        .then(() => undefined, (error) => error);
      // A guest tidies up by itself a moment later.
      let after = await manifest(target).catch(() => []);
      for (let tries = 0; tries < 50 && after.join() !== before.join(); tries++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        after = await manifest(target).catch(() => []);
      }
      outcomes.push({
        name: `${what} ${direction} a guest over ${route}`,
        code: isCubicError(error) ? error.code : String(error),
        message: isCubicError(error) ? error.message : "",
        before,
        after,
      });
      await Deno.remove(target, { recursive: true });
    }
  }
  return outcomes;
}

if (import.meta.main) {
  const [small = "", output = ""] = Deno.args;
  await Deno.writeTextFile(output, JSON.stringify(await fillDisk(small)));
}
