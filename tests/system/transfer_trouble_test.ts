/** What goes wrong while a tree is copied: lost connections, full disks, sources and targets that change. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { isCubicError } from "../../core/errors.ts";
import type { Progress } from "../../core/progress.ts";
import { makeRandom } from "../support/random.ts";
import { makeTempDir } from "../support/temp_dir.ts";
import {
  makeTools,
  manifest,
  namesIn,
  randomBytes,
  startBench,
  type TransferBench,
} from "../support/transfer.ts";

/** How often a connection is killed at a random moment, for each direction and route. */
const KILLS = Number(Deno.env.get("CUBIC_TEST_KILLS") ?? 2);

async function withBench(run: (bench: TransferBench) => Promise<void>): Promise<void> {
  await using bench = await startBench();
  await run(bench);
}

const random = makeRandom(Date.now());

for (const route of ["stream", "sftp"] as const) {
  for (const direction of ["into", "out of"] as const) {
    Deno.test(`a connection killed at any moment of a tree ${direction} a guest over ${route} leaves old files whole`, async () => {
      for (let kill = 0; kill < KILLS; kill++) {
        const moment = random();
        await withBench(async ({ copy, host, guest, sshd }) => {
          const [from, to] = direction === "into" ? [host, guest] : [guest, host];
          await Deno.mkdir(join(from, "tree"));
          await Deno.mkdir(join(to, "tree"));
          for (let index = 0; index < 40; index++) {
            await Deno.writeFile(join(from, "tree", `${index}`), randomBytes(500_000));
            await Deno.writeTextFile(join(to, "tree", `${index}`), "old");
          }
          let killed: Promise<void> | undefined;
          const report = (event: Progress): void => {
            if (event.kind === "bytes" && event.done > moment * 19_000_000) {
              killed ??= sshd.killConnections();
            }
          };
          const paths = direction === "into"
            ? [join(host, "tree"), `vm:${guest}`]
            : [`vm:${guest}/tree`, host];
          const outcome = await copy(paths, { route }, { report }).catch((error) => error);
          await killed;
          // All the bytes of a download may be here before the server is gone.
          const done = !(outcome instanceof Error) && outcome.warnings.length === 0;
          if (outcome instanceof Error) ok(isCubicError(outcome), String(outcome));
          const wanted = await manifest(join(from, "tree"));
          for (let index = 0; index < 40; index++) {
            const bytes = await Deno.readFile(join(to, "tree", `${index}`));
            ok(bytes.length === 3 || bytes.length === 500_000, `${index} at ${moment}`);
          }
          if (done) deepEqual(await manifest(join(to, "tree")), wanted);
          // In the guest the kill took the shell as well that would have tidied up.
          if (direction === "into") return;
          const left = (await namesIn(join(to, "tree"))).filter((name) => name.startsWith("."));
          deepEqual(left, []);
        });
      }
    });
  }
}

Deno.test("a full disk of the guest is said, and nothing of the tree stays", async () => {
  await using temp = await makeTempDir();
  // A tar that meets a full disk after some files.
  const script = `#!/bin/sh
case "$*" in *--version*) exec /usr/bin/tar "$@" ;; esac
/usr/bin/tar "$@"; echo 'tar: t/5: Cannot write: No space left on device' >&2; exit 2\n`;
  const tools = await makeTools(temp.path, { instead: { tar: script } });
  await using bench = await startBench({ config: [`SetEnv PATH=${tools} SHLVL=2`] });
  const { copy, host, guest } = bench;
  await Deno.mkdir(join(host, "tree"));
  await Deno.writeTextFile(join(host, "tree/f"), "x");
  await rejects(
    copy([join(host, "tree"), `vm:${guest}`]),
    (error) => isCubicError(error, "disk-full"),
  );
  deepEqual(await namesIn(guest), []);
});

Deno.test("a stream that the guest's tar takes for complete but is not is not put in place", async () => {
  await using temp = await makeTempDir();
  const script = `#!/bin/sh
case "$*" in *--version*) exec /usr/bin/tar "$@" ;; esac
head -c 512 | /usr/bin/tar "$@"; cat >/dev/null\n`;
  const tools = await makeTools(temp.path, { instead: { tar: script } });
  await using bench = await startBench({ config: [`SetEnv PATH=${tools} SHLVL=2`] });
  const { copy, host, guest } = bench;
  await Deno.mkdir(join(host, "tree"));
  for (const name of ["a", "b", "c"]) await Deno.writeTextFile(join(host, "tree", name), name);
  await rejects(copy([join(host, "tree"), `vm:${guest}`]), /stream was cut/);
  deepEqual(await namesIn(guest), []);
});

Deno.test("a large file that grows while a tree is sent arrives as it was", () =>
  withBench(async ({ copy, host, guest }) => {
    await Deno.mkdir(join(host, "tree"));
    await Deno.writeFile(join(host, "tree/f"), randomBytes(30_000_000));
    const report = (event: Progress): void => {
      if (event.kind === "bytes") Deno.truncateSync(join(host, "tree/f"), 40_000_000);
    };
    const { bytes } = await copy([join(host, "tree"), `vm:${guest}/b`], {}, { report });
    equal(bytes, 30_000_000);
    equal((await Deno.stat(join(guest, "b/f"))).size, 30_000_000);
  }));

Deno.test("two trees into one place at once leave one or the other in each file", () =>
  withBench(async ({ copy, host, guest }) => {
    await Deno.mkdir(join(guest, "tree"));
    for (const who of ["one", "two"]) {
      await Deno.mkdir(join(host, who, "tree"), { recursive: true });
      for (let index = 0; index < 20; index++) {
        await Deno.writeTextFile(join(host, who, "tree", `${index}`), who.repeat(50_000));
      }
    }
    const copies = ["one", "two"].map((who) => copy([join(host, who, "tree"), `vm:${guest}`]));
    for (const { warnings } of await Promise.all(copies)) deepEqual(warnings, []);
    equal((await namesIn(join(guest, "tree"))).length, 20);
    for (let index = 0; index < 20; index++) {
      const text = await Deno.readTextFile(join(guest, "tree", `${index}`));
      ok(text === "one".repeat(50_000) || text === "two".repeat(50_000), `${index}`);
    }
  }));

Deno.test("a directory that can't be written is said for every route, and so is one on the host", () =>
  withBench(async ({ copy, host }) => {
    await Deno.mkdir(join(host, "tree"));
    await Deno.writeTextFile(join(host, "tree/f"), "x");
    // Root may write anywhere but there.
    for (const route of ["stream", "sftp", "auto"] as const) {
      await rejects(copy([join(host, "tree"), "vm:/proc/tree"], { route }), (error) => {
        ok(isCubicError(error), String(error));
        match(error.message, /^Cannot copy/);
        return true;
      });
    }
    await rejects(copy([`vm:${host}/tree`, "/proc/tree"]), /Cannot write "\/proc\/tree"/);
  }));

Deno.test("progress counts up to the total and never says more", () =>
  withBench(async ({ copy, host, guest, events }) => {
    await Deno.mkdir(join(host, "tree"));
    for (let index = 0; index < 30; index++) {
      await Deno.writeFile(join(host, "tree", `${index}`), randomBytes(200_000));
    }
    for (const paths of [[join(host, "tree"), `vm:${guest}`], [`vm:${guest}/tree`, `${host}/b`]]) {
      events.length = 0;
      await copy(paths);
      const seen = events.flatMap((event) => event.kind === "bytes" ? [event] : []);
      ok(seen.length > 10);
      deepEqual(seen.map(({ done }) => done), seen.map(({ done }) => done).sort((a, b) => a - b));
      for (const { done, total } of seen) {
        ok(total === undefined || (Number.isFinite(total) && done <= total), `${done} of ${total}`);
      }
      deepEqual([seen.at(-1)?.done, seen.at(-1)?.total], [6_000_000, 6_000_000]);
    }
  }));
