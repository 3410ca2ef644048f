/**
 * A program for a mount namespace of its own, where its first argument is a file system that can't be written: copies
 * into it by every route and both ways, and writes what came of it as JSON into the file of its second argument.
 */
import { join } from "node:path";
import { isCubicError } from "../../core/errors.ts";
import type { RouteChoice } from "../../core/transfer/run_copy.ts";
import { manifest, startBench } from "./transfer.ts";

/** One copy that was refused. */
export interface RefusedCopy {
  readonly name: string;
  /** The code of the error, or what came instead of one. */
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** The file is there in the target or is new; the tree is merged with one or is new. */
const CASES: readonly (readonly [what: string, routes: readonly RouteChoice[]])[] = [
  ["f", ["scp", "sftp", "stream"]],
  ["new", ["scp", "sftp", "stream"]],
  ["tree", ["stream", "sftp", "scp"]],
  ["new tree", ["stream", "sftp", "scp"]],
];

async function copyAll(readOnly: string): Promise<RefusedCopy[]> {
  await using bench = await startBench();
  const { copy, host } = bench;
  for (const tree of ["tree", "new tree"]) {
    await Deno.mkdir(join(host, tree));
    await Deno.writeTextFile(join(host, tree, "f"), "new");
  }
  for (const file of ["f", "new"]) await Deno.writeTextFile(join(host, file), "new");
  const before = (await manifest(readOnly)).join();
  const refused: RefusedCopy[] = [];
  for (const [what, routes] of CASES) {
    for (const route of routes) {
      for (const direction of ["into", "out of"]) {
        const [from, to] = direction === "into" ? ["", "vm:"] : ["vm:", ""];
        const error = await copy([`${from}${host}/${what}`, `${to}${readOnly}`], { route })
          .then(() => undefined, (error) => error);
        const said = isCubicError(error) ? error : undefined;
        refused.push({
          name: `${what} ${direction} a guest over ${route}`,
          code: said?.code ?? String(error),
          message: said?.message ?? "",
          hint: said?.hint ?? "",
        });
      }
    }
  }
  if ((await manifest(readOnly)).join() !== before) throw new Error("the target has changed");
  return refused;
}

if (import.meta.main) {
  const [readOnly = "", output = ""] = Deno.args;
  await Deno.writeTextFile(output, JSON.stringify(await copyAll(readOnly)));
}
