/** Copying trees over every route and with every kind of tar in the guest, against OpenSSH's own server. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { isCubicError } from "../../core/errors.ts";
import type { Progress } from "../../core/progress.ts";
import { makeExcluder } from "../../core/transfer/exclude.ts";
import type { RouteChoice } from "../../core/transfer/run_copy.ts";
import {
  makeTools,
  manifest,
  namesIn,
  randomBytes,
  startBench,
  type TransferBench,
  writeAwkwardTree,
} from "../support/transfer.ts";
import { makeTempDir } from "../support/temp_dir.ts";

/** A way to copy: a route, and the tar that the guest has for it. */
const WAYS: readonly (readonly [name: string, route: RouteChoice, tar?: string])[] = [
  ["a stream of GNU tar", "stream"],
  ["a stream of busybox tar", "stream", "busybox tar"],
  ["a stream of BSD tar", "stream", "bsdtar"],
  ["SFTP", "sftp"],
];

async function withBench(tar: string | undefined, run: (bench: TransferBench) => Promise<void>) {
  await using temp = await makeTempDir();
  const tools = tar === undefined
    ? undefined
    : await makeTools(temp.path, { instead: { tar: `#!/bin/sh\nexec ${tar} "$@"\n` } });
  const config = tools ? [`SetEnv PATH=${tools} SHLVL=2`] : [];
  await using bench = await startBench({ config });
  await run(bench);
  for (const dir of [bench.host, bench.guest]) {
    for (const name of await namesIn(dir)) ok(!name.startsWith(".cubic-"), name);
  }
}

for (const [name, route, tar] of WAYS) {
  for (const direction of ["into", "out of"] as const) {
    Deno.test(`a tree goes ${direction} a guest over ${name} with modes and times`, () =>
      withBench(tar, async ({ copy, host, guest }) => {
        const [from, to] = direction === "into" ? [host, guest] : [guest, host];
        await writeAwkwardTree(join(from, "tree"));
        // What each of them has no room for: SFTP counts from 1970 to 2106, busybox writes nothing earlier.
        const impossible = route === "sftp"
          ? [-252_288_000, 2 ** 33 + 5]
          : tar?.startsWith("busybox")
          ? [-252_288_000]
          : [];
        for (const time of impossible) await Deno.utime(join(from, "tree/times", `${time}`), 7, 7);
        const paths = direction === "into"
          ? [join(host, "tree"), `vm:${guest}`]
          : [`vm:${guest}/tree`, host];
        const result = await copy(paths, { route, preserve: true });
        deepEqual(result.warnings, []);
        equal(result.route, route);
        equal(result.target, join(to, "tree"));
        const facts = { modes: true, times: true };
        deepEqual(
          await manifest(join(to, "tree"), facts),
          await manifest(join(from, "tree"), facts),
        );
      }));

    Deno.test(`a tree goes ${direction} a guest over ${name} under the umask, and merges`, () =>
      withBench(tar, async ({ copy, host, guest }) => {
        const [from, to] = direction === "into" ? [host, guest] : [guest, host];
        await Deno.mkdir(join(from, "tree/sub/new"), { recursive: true });
        await Deno.mkdir(join(from, "tree/file"), { recursive: true });
        await Deno.writeTextFile(join(from, "tree/sub/new/a"), "new a");
        await Deno.writeTextFile(join(from, "tree/sub/b"), "new b");
        await Deno.writeTextFile(join(from, "tree/c"), "new c");
        await Deno.chmod(join(from, "tree/c"), 0o6777);
        await Deno.writeTextFile(join(from, "tree/directory"), "not one");
        await Deno.mkdir(join(to, "tree/sub"), { recursive: true });
        await Deno.mkdir(join(to, "tree/directory"));
        await Deno.writeTextFile(join(to, "tree/file"), "kept");
        await Deno.writeTextFile(join(to, "tree/sub/b"), "old b, longer");
        await Deno.writeTextFile(join(to, "tree/sub/old"), "kept");
        await Deno.writeTextFile(join(to, "outside"), "kept");
        await Deno.symlink("../outside", join(to, "tree/c"));
        const paths = direction === "into"
          ? [join(host, "tree"), `vm:${guest}`]
          : [`vm:${guest}/tree`, host];
        const { warnings } = await copy(paths, { route });
        equal(warnings.length, 2, warnings.join("\n"));
        match(warnings.join("\n"), /tree\/directory/);
        match(warnings.join("\n"), /tree\/file/);
        const text = (path: string): Promise<string> => Deno.readTextFile(join(to, path));
        equal(await text("tree/sub/new/a"), "new a");
        equal(await text("tree/sub/b"), "new b");
        equal(await text("tree/sub/old"), "kept");
        equal(await text("tree/file"), "kept");
        equal(await text("tree/c"), "new c");
        equal(await text("outside"), "kept");
        equal((await Deno.lstat(join(to, "tree/c"))).mode! & 0o7777, 0o777 & ~Deno.umask());
        deepEqual(await namesIn(join(to, "tree")), ["c", "directory", "file", "sub"]);
      }));
  }
}

for (const [name, route, tar] of WAYS) {
  Deno.test(`-p over ${name} leaves alone what is in the way of a directory`, () =>
    withBench(tar, async ({ copy, host, guest }) => {
      await Deno.mkdir(join(host, "outside/sub"), { recursive: true, mode: 0o700 });
      await Deno.chmod(join(host, "outside/sub"), 0o700);
      for (const path of ["a/sub", "b/sub", "c"]) {
        await Deno.mkdir(join(host, "tree", path), { recursive: true });
        await Deno.chmod(join(host, "tree", path), 0o555);
      }
      for (const to of [guest, join(host, "to")]) {
        await Deno.mkdir(join(to, "tree"), { recursive: true });
        await Deno.writeTextFile(join(to, "tree/a"), "kept");
        await Deno.symlink(join(host, "outside"), join(to, "tree/b"));
        const from = to === guest ? "" : "vm:";
        const paths = [`${from}${host}/tree`, `${to === guest ? "vm:" : ""}${to}`];
        const { warnings } = await copy(paths, { route, preserve: true });
        ok(warnings.length >= 2, warnings.join("\n"));
        equal(await Deno.readTextFile(join(to, "tree/a")), "kept");
        equal((await Deno.lstat(join(to, "tree/b"))).isSymlink, true);
        equal((await Deno.stat(join(to, "tree/c"))).isDirectory, true);
        equal((await Deno.stat(join(host, "outside/sub"))).mode! & 0o777, 0o700);
      }
    }));
}

for (const [name, route] of WAYS.filter(([, , tar]) => !tar)) {
  Deno.test(`what is no file is left out of a tree with a warning over ${name}`, () =>
    withBench(undefined, async ({ copy, host, guest }) => {
      using listeners = new DisposableStack();
      for (const dir of [host, guest]) {
        await Deno.mkdir(join(dir, "tree"));
        await Deno.writeTextFile(join(dir, "tree/file"), "x");
        await new Deno.Command("mkfifo", { args: [join(dir, "tree/pipe")] }).output();
        listeners.use(Deno.listen({ transport: "unix", path: join(dir, "tree/socket") }));
      }
      const up = await copy([join(host, "tree"), `vm:${guest}/up`], { route });
      const down = await copy([`vm:${guest}/tree`, join(host, "down")], { route });
      for (const { warnings } of [up, down]) {
        equal(warnings.length, 2, warnings.join("\n"));
        match(warnings.join("\n"), /pipe[\s\S]*socket/);
      }
      deepEqual(await namesIn(join(guest, "up")), ["file"]);
      deepEqual(await namesIn(join(host, "down")), ["file"]);
    }));

  Deno.test(`names that are not UTF-8 are named and left out over ${name}`, () =>
    withBench(undefined, async ({ copy, host, guest }) => {
      for (const dir of [host, guest]) {
        const script = `mkdir "$1/tree"; cd "$1/tree"; echo x >good; echo y >"$(printf 'b\\377d')"`;
        await new Deno.Command("sh", { args: ["-c", script, "sh", dir] }).output();
      }
      const up = await copy([join(host, "tree"), `vm:${guest}/up`], { route });
      const down = await copy([`vm:${guest}/tree`, join(host, "down")], { route });
      for (const { warnings } of [up, down]) {
        equal(warnings.length, 1, warnings.join("\n"));
        match(warnings[0]!, /Skipped ".*b.*d": its name is not UTF-8/);
      }
      deepEqual(await namesIn(join(guest, "up")), ["good"]);
      deepEqual(await namesIn(join(host, "down")), ["good"]);
    }));
}

for (const tar of [undefined, "bsdtar"]) {
  Deno.test(`sparse files stay sparse through ${tar ?? "GNU tar"}, five gigabytes in passing`, () =>
    withBench(tar, async ({ copy, host, guest }) => {
      const size = 5 * 2 ** 30 + 1;
      const island = randomBytes(2 ** 20);
      {
        using file = await Deno.open(join(host, "big"), { createNew: true, write: true });
        await file.truncate(size);
        await file.seek(3 * 2 ** 30, Deno.SeekMode.Start);
        await file.write(island);
      }
      const up = await copy([join(host, "big"), `vm:${guest}/there`]);
      const back = await copy([`vm:${guest}/there`, join(host, "back")]);
      for (
        const [path, result] of [[join(guest, "there"), up], [join(host, "back"), back]] as const
      ) {
        deepEqual([result.route, result.bytes], ["stream", size]);
        const info = await Deno.stat(path);
        equal(info.size, size);
        ok((info.blocks ?? 0) * 512 < 3 * 2 ** 20, `${info.blocks} blocks`);
        using file = await Deno.open(path, { read: true });
        await file.seek(3 * 2 ** 30, Deno.SeekMode.Start);
        const piece = new Uint8Array(island.length);
        for (let at = 0; at < piece.length;) at += await file.read(piece.subarray(at)) ?? Infinity;
        deepEqual(piece, island);
      }
    }));
}

Deno.test("a guest without tar gets its trees over SFTP, and --verbose says why", async () => {
  await using temp = await makeTempDir();
  const tools = await makeTools(temp.path, { without: ["tar"] });
  await using bench = await startBench({ config: [`SetEnv PATH=${tools} SHLVL=2`] });
  const { copy, host, guest, events } = bench;
  await Deno.mkdir(join(host, "tree"));
  await Deno.writeTextFile(join(host, "tree/file"), "x");
  equal((await copy([join(host, "tree"), `vm:${guest}`])).route, "sftp");
  equal((await copy([`vm:${guest}/tree`, join(host, "back")])).route, "sftp");
  deepEqual(await manifest(join(host, "back")), await manifest(join(host, "tree")));
  const said = events.flatMap((event) => event.kind === "debug" ? [event.text] : []);
  match(said[0] ?? "", /stream can't be used: tar is not installed in the guest/);
});

Deno.test("a tree is copied between two directories of the host and between two guests", () =>
  withBench(undefined, async ({ copy, host, guest }) => {
    await writeAwkwardTree(join(host, "tree"));
    const facts = { modes: true, times: true };
    const wanted = await manifest(join(host, "tree"), facts);
    await copy([join(host, "tree"), join(host, "copy")], { preserve: true });
    deepEqual(await manifest(join(host, "copy"), facts), wanted);
    await copy([`vm:${host}/tree`, `vm:${guest}/copy`], { preserve: true });
    deepEqual(await manifest(join(guest, "copy"), facts), wanted);
  }));

for (const [name, route, tar] of WAYS) {
  Deno.test(`--exclude leaves out by name and by path over ${name}, in both directions`, () =>
    withBench(tar, async ({ copy, host, guest }) => {
      for (
        const path of [
          "build/out.o",
          "src/a.ts",
          "src/a.o",
          "src/build/b",
          "node_modules/x/y",
          "src/-T\nx.o/z",
        ]
      ) {
        await Deno.mkdir(join(host, "tree", path, ".."), { recursive: true });
        await Deno.writeTextFile(join(host, "tree", path), path);
      }
      // Who does not even look at what is left out does not complain about it.
      using _socket = Deno.listen({ transport: "unix", path: join(host, "tree/socket.o") });
      const exclude = makeExcluder(["*.o", "/build", "node_modules/"]);
      const up = await copy([join(host, "tree"), `vm:${guest}/up`], { exclude, route });
      const down = await copy([`vm:${host}/tree`, join(host, "down")], { exclude, route });
      for (const [result, root] of [[up, join(guest, "up")], [down, join(host, "down")]] as const) {
        equal(result.files, 2);
        if (route === "stream" && !tar?.startsWith("busybox")) deepEqual(result.warnings, []);
        const lines = (await manifest(root)).map((line) => line.split(" | ")[0]);
        deepEqual(lines, [".", "src", "src/a.ts", "src/build", "src/build/b"]);
      }
    }));
}

Deno.test("--dry-run lists what would be copied and copies nothing", () =>
  withBench(undefined, async ({ copy, host, guest }) => {
    await Deno.mkdir(join(host, "tree/sub"), { recursive: true });
    await Deno.writeTextFile(join(host, "tree/sub/it's\na file"), "12345");
    await Deno.writeTextFile(join(host, "tree/b.o"), "1");
    const options = { dryRun: true, exclude: makeExcluder(["*.o"]) };
    for (const source of [join(host, "tree"), `vm:${host}/tree`]) {
      const result = await copy([source, `vm:${guest}`], options);
      deepEqual([result.files, result.bytes], [1, 5]);
      deepEqual(result.planned, [{ target: join(guest, "tree/sub/it's\na file"), bytes: 5 }]);
    }
    deepEqual(await namesIn(guest), []);
  }));

for (const [name, route] of WAYS.filter(([, , tar]) => !tar)) {
  for (const direction of ["into", "out of"] as const) {
    Deno.test(`an interrupted tree ${direction} a guest over ${name} leaves nothing`, () =>
      withBench(undefined, async ({ copy, host, guest }) => {
        const [from, to] = direction === "into" ? [host, guest] : [guest, host];
        await Deno.mkdir(join(from, "tree"));
        for (let index = 0; index < 60; index++) {
          await Deno.writeFile(join(from, "tree", `${index}`), randomBytes(1_000_000));
        }
        const interrupt = new AbortController();
        const report = (event: Progress): void => {
          if (event.kind === "bytes" && event.done > 5_000_000) interrupt.abort();
        };
        const paths = direction === "into"
          ? [join(host, "tree"), `vm:${guest}`]
          : [`vm:${guest}/tree`, host];
        await rejects(
          copy(paths, { route }, { signal: interrupt.signal, report }),
          (error) => isCubicError(error, "interrupted"),
        );
        deepEqual(await namesIn(to), []);
      }));
  }
}
