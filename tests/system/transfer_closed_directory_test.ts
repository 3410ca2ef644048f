/** Directories without the right to write, among what is there: with all that is in them, and nothing left behind. */
import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
import type { RouteChoice } from "../../core/transfer/run_copy.ts";
import { makeTempDir } from "../support/temp_dir.ts";
import { makeTools, namesIn, startBench, type TransferBench } from "../support/transfer.ts";

const WAYS: readonly (readonly [name: string, route: RouteChoice, tar?: string])[] = [
  ["a stream of GNU tar", "stream"],
  ["a stream of busybox tar", "stream", "busybox tar"],
  ["a stream of BSD tar", "stream", "bsdtar"],
  ["SFTP", "sftp"],
];

async function withTar(tar: string | undefined, run: (bench: TransferBench) => Promise<void>) {
  await using temp = await makeTempDir();
  const instead = { tar: `#!/bin/sh\nexec ${tar} "$@"\n` };
  const config = tar ? [`SetEnv PATH=${await makeTools(temp.path, { instead })} SHLVL=2`] : [];
  await using bench = await startBench({ config });
  await run(bench);
}

for (const [name, route, tar] of WAYS) {
  for (const direction of ["into", "out of"] as const) {
    Deno.test(`a directory without the right to write merges ${direction} a guest over ${name}`, () =>
      withTar(tar, async ({ copy, host, guest }) => {
        const [from, to] = direction === "into" ? [host, guest] : [guest, host];
        await Deno.mkdir(join(from, "tree/sub"), { recursive: true });
        await Deno.writeTextFile(join(from, "tree/sub/f"), "x");
        await Deno.mkdir(join(to, "tree"));
        for (const path of ["tree/sub", "tree"]) {
          await Deno.chmod(join(from, path), 0o555);
          await Deno.utime(join(from, path), 1_000_000_000, 1_000_000_000);
        }
        const facts = async (path: string) => {
          const { mode, mtime } = await Deno.stat(join(to, path));
          return [mode! & 0o777, mtime!.getTime() === 1_000_000_000_000];
        };
        const before = (await facts("tree"))[0];
        const paths = direction === "into"
          ? [join(host, "tree"), `vm:${guest}`]
          : [`vm:${guest}/tree`, host];
        deepEqual((await copy(paths, { route })).warnings, []);
        // What was there is only filled; what is new has its source's mode.
        deepEqual(await facts("tree"), [before, false]);
        equal((await facts("tree/sub"))[0], 0o555);
        deepEqual((await copy(paths, { route, preserve: true })).warnings, []);
        deepEqual(await facts("tree"), [0o555, true]);
        deepEqual(await facts("tree/sub"), [0o555, true]);
        deepEqual(await namesIn(join(to, "tree")), ["sub"]);
        equal(await Deno.readTextFile(join(to, "tree/sub/f")), "x");
      }));
  }
}
