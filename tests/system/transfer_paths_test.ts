/** Sources, targets and what a path may be, against OpenSSH's own server. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { join } from "node:path";
import { type ErrorCode, isCubicError } from "../../core/errors.ts";
import type { Progress } from "../../core/progress.ts";
import type { RouteChoice } from "../../core/transfer/run_copy.ts";
import { copyInput, copyOutput } from "../../core/transfer/standard.ts";
import type { SshdOptions } from "../support/sshd.ts";
import {
  AWKWARD_NAMES,
  namesIn,
  randomBytes,
  startBench,
  type TransferBench,
} from "../support/transfer.ts";

const quiet = { signal: new AbortController().signal, report: (): void => {} };

async function withBench(run: (bench: TransferBench) => Promise<void>): Promise<void> {
  await using bench = await startBench();
  await run(bench);
  for (const dir of [bench.host, bench.guest]) {
    deepEqual((await namesIn(dir)).filter((name) => name.endsWith(".part")), []);
  }
}

Deno.test("several sources go into a directory, and nowhere else", () =>
  withBench(async ({ copy, host, guest }) => {
    await Deno.writeTextFile(join(host, "a"), "a");
    await Deno.mkdir(join(host, "tree"));
    await Deno.writeTextFile(join(host, "tree/b"), "b");
    await Deno.writeTextFile(join(guest, "c"), "c");
    await Deno.mkdir(join(guest, "to"));
    const sources = [join(host, "a"), join(host, "tree"), `vm:${guest}/c`];
    const { files, bytes, target, warnings } = await copy([...sources, `vm:${guest}/to`]);
    deepEqual([files, bytes, target, warnings], [3, 3, join(guest, "to"), []]);
    deepEqual(await namesIn(join(guest, "to")), ["a", "c", "tree"]);
    for (const wrong of [join(guest, "none"), join(guest, "c")]) {
      await rejects(copy([...sources, `vm:${wrong}`]), (error) => isCubicError(error, "usage"));
    }
  }));

Deno.test("one of several sources that fails does not stop the others", () =>
  withBench(async ({ copy, host, guest }) => {
    await Deno.writeTextFile(join(host, "a"), "a");
    await Deno.writeTextFile(join(host, "b"), "b");
    const sources = [join(host, "a"), join(host, "none"), "/dev/null", join(host, "b")];
    const { files, warnings } = await copy([...sources, `vm:${guest}`]);
    equal(files, 2);
    match(warnings.join("\n"), /none": there is no such file\nCannot copy "\/dev\/null"/);
    deepEqual(await namesIn(guest), ["a", "b"]);
  }));

Deno.test("a directory takes its name along, or its content only when it ends in a dot", () =>
  withBench(async ({ copy, host, guest }) => {
    await Deno.mkdir(join(host, "tree"));
    await Deno.writeTextFile(join(host, "tree/f"), "f");
    const cases: readonly (readonly [source: string, target: string, at: string])[] = [
      ["tree", "", "tree/f"],
      ["tree/", "", "tree/f"],
      ["tree", "new", "new/f"],
      ["tree", "new", "new/tree/f"],
      ["tree", "fresh/", "fresh/f"],
      ["tree/.", "", "f"],
      ["tree/.", "other", "other/f"],
    ];
    for (const up of [true, false]) {
      const to = join(up ? guest : host, "to");
      for (const [source, target, at] of cases) {
        await Deno.mkdir(to, { recursive: true });
        const from = `${up ? "" : "vm:"}${host}/${source}`;
        await copy([from, `${up ? "vm:" : ""}${to}/${target}`]);
        equal(await Deno.readTextFile(join(to, at)), "f", `${source} to ${target}`);
        if (at !== "new/f") await Deno.remove(to, { recursive: true });
      }
    }
  }));

Deno.test("a file goes into a directory with a slash behind it, and makes none that is not there", () =>
  withBench(async ({ copy, host, guest }) => {
    await Deno.writeTextFile(join(host, "f"), "f");
    await Deno.mkdir(join(host, "to"));
    await Deno.mkdir(join(guest, "to"));
    for (const [from, to, at] of [["", "vm:", guest], ["vm:", "", host]] as const) {
      for (const route of ["auto", "scp", "sftp", "stream"] as const) {
        const { target } = await copy([`${from}${host}/f`, `${to}${at}/to/`], { route });
        equal(target, join(at, "to/f"));
        equal(await Deno.readTextFile(target), "f");
        await Deno.remove(target);
      }
      await rejects(
        copy([`${from}${host}/f`, `${to}${at}/none/`]),
        (error) => isCubicError(error, "file-not-found"),
      );
    }
  }));

Deno.test("what can't be copied is named, with the code for it", () =>
  withBench(async ({ copy, host, guest }) => {
    await Deno.writeTextFile(join(host, "f"), "f");
    await Deno.mkdir(join(host, "tree/inner"), { recursive: true });
    const cases: readonly (readonly [string, string, RegExp, ErrorCode])[] = [
      [`vm:${guest}/none`, host, /no such file in the guest/, "file-not-found"],
      [`${host}/none`, `vm:${guest}`, /no such file/, "file-not-found"],
      [`${host}/tree`, `vm:${guest}/none/x`, /no such directory in the guest/, "file-not-found"],
      [`vm:${host}/tree`, `${host}/none/x`, /no such directory/, "file-not-found"],
      [`${host}/tree`, `${host}/tree/inner`, /into itself/, "failed"],
      [`vm:${host}/tree`, `vm:${host}/tree/inner/x`, /into itself/, "failed"],
      [`${host}/f`, host, /source and target are the same/, "failed"],
      [`vm:${host}/f`, `vm:${host}/f`, /source and target are the same/, "failed"],
      [`${host}/tree`, `vm:${host}/f`, /there is a file/, "failed"],
      ["/dev/null", `vm:${guest}`, /not a regular file/, "failed"],
    ];
    for (const [from, to, message, code] of cases) {
      await rejects(copy([from, to]), (error) => {
        equal(isCubicError(error, code), true, `${from} ${to}: ${error}`);
        match(String(error), message);
        return true;
      });
    }
    await rejects(copy([`${host}/tree`, `vm:${guest}`], { recursive: false }), /is a directory/);
    deepEqual(await namesIn(guest), []);
  }));

Deno.test("patterns are the guest's names matched by us, and names with pattern characters are names", () =>
  withBench(async ({ copy, host, guest }) => {
    await Deno.mkdir(join(guest, "logs/old"), { recursive: true });
    const names = ["a.gz", "b.gz", "c.txt", ".hidden.gz", "old/d.gz", "$(id >pwned).gz", "[x].gz"];
    for (const name of names) await Deno.writeTextFile(join(guest, "logs", name), name);
    const cases: readonly (readonly [pattern: string, names: readonly string[]])[] = [
      ["*.gz", ["$(id >pwned).gz", "[x].gz", "a.gz", "b.gz"]],
      ["[ab].gz", ["a.gz", "b.gz"]],
      ["[!ab]*.gz", ["$(id >pwned).gz", "[x].gz"]],
      ["?.*", ["a.gz", "b.gz", "c.txt"]],
      [".h*", [".hidden.gz"]],
      ["*/*.gz", ["d.gz"]],
      ["[x].gz", ["[x].gz"]],
      ["$(id >pwned)*", ["$(id >pwned).gz"]],
    ];
    for (const [pattern, wanted] of cases) {
      await Deno.mkdir(join(host, "to"));
      await copy([`vm:${guest}/logs/${pattern}`, join(host, "to")]);
      deepEqual(await namesIn(join(host, "to")), [...wanted].sort(), pattern);
      await Deno.remove(join(host, "to"), { recursive: true });
    }
    await rejects(
      copy([`vm:${guest}/logs/*.none`, host]),
      (error) => isCubicError(error, "file-not-found"),
    );
    equal(await Deno.stat(join(guest, "pwned")).catch(() => "no"), "no");
  }));

Deno.test("awkward names are copied between guests and within the host as well", () =>
  withBench(async ({ copy, host, guest }) => {
    for (const name of AWKWARD_NAMES) {
      await Deno.writeTextFile(join(host, name), name);
      await copy([`vm:${host}/${name}`, `vm:${guest}/${name}`]);
      equal(await Deno.readTextFile(join(guest, name)), name);
      await Deno.remove(join(guest, name));
      await copy([`${host}/${name}`, `${guest}/${name}`]);
    }
    deepEqual(await namesIn(guest), [...AWKWARD_NAMES].sort());
  }));

Deno.test("-p keeps mode and time of a single file over scp and sftp", () =>
  withBench(async ({ copy, host, guest }) => {
    for (const route of ["scp", "sftp", "stream"] as const) {
      for (const time of [-86_400 * 3650, 1_600_000_000, 2 ** 32 + 7]) {
        for (const [from, to] of [[host, guest], [guest, host]] as const) {
          await Deno.writeTextFile(join(from, "f"), "text");
          await Deno.chmod(join(from, "f"), 0o4751);
          await Deno.utime(join(from, "f"), time, time);
          const prefixes = from === host ? ["", "vm:"] : ["vm:", ""];
          await copy([`${prefixes[0]}${from}/f`, `${prefixes[1]}${to}/g`], {
            route,
            preserve: true,
          });
          const { mode, mtime } = await Deno.stat(join(to, "g"));
          deepEqual([mode! & 0o7777, Number(mtime) / 1000], [0o4751, time], route);
          await Deno.remove(join(from, "f"));
          await Deno.remove(join(to, "g"));
        }
      }
    }
  }));

Deno.test("--verify passes for what is equal, and removes and names what is not", () =>
  withBench(async ({ copy, host, guest }) => {
    await Deno.mkdir(join(host, "tree"));
    for (const name of AWKWARD_NAMES) await Deno.writeTextFile(join(host, "tree", name), name);
    await copy([join(host, "tree"), `vm:${guest}/up`], { verify: true });
    await copy([`vm:${guest}/up`, join(host, "down")], { verify: true });
    await copy([join(host, "tree/it's"), `vm:${guest}/one`], { verify: true });
    // Somebody writes to the copy at the last moment.
    const report = (event: Progress): void => {
      if (event.kind === "step") Deno.writeTextFileSync(join(guest, "again/tab\tbed"), "other");
    };
    await rejects(
      copy([join(host, "tree"), `vm:${guest}/again`], { verify: true }, { report }),
      /1 of 25 files differ/,
    );
    equal((await namesIn(join(guest, "again"))).length, AWKWARD_NAMES.length - 1);
  }));

for (const up of [true, false]) {
  Deno.test(`--resume continues ${up ? "an upload" : "a download"}, and starts over when the part is another's`, () =>
    withBench(async ({ copy, host, guest, sshd }) => {
      const [from, to] = up ? [host, guest] : [guest, host];
      const content = randomBytes(40 * 2 ** 20 + 3);
      await Deno.writeFile(join(from, "f"), content, { mode: 0o640 });
      const paths = up ? [`${host}/f`, `vm:${guest}/f`] : [`vm:${guest}/f`, `${host}/f`];
      const breakOff = async (): Promise<string> => {
        const interrupt = new AbortController();
        const report = (event: Progress): void => {
          if (event.kind === "bytes" && event.done > 10_000_000) interrupt.abort();
        };
        await rejects(copy(paths, { resume: true }, { signal: interrupt.signal, report }));
        const [part = ""] = await namesIn(to);
        match(part, /^\.cubic-.*\.part$/);
        return join(to, part);
      };
      const resumedAt: number[] = [];
      const report = (event: Progress): void => {
        const [, at] = event.kind === "note" ? /byte (\d+)/.exec(event.text) ?? [] : [];
        if (at) resumedAt.push(Number(at));
      };
      await breakOff();
      await copy(paths, { resume: true }, { report });
      equal(resumedAt.length, 1);
      deepEqual(await Deno.readFile(join(to, "f")), content);
      await Deno.remove(join(to, "f"));
      // A changed byte in the part, and a part that is longer than the source.
      for (const change of [1000, content.length + 100]) {
        const part = await breakOff();
        {
          using file = await Deno.open(part, { write: true });
          await file.seek(change, Deno.SeekMode.Start);
          await file.write(new Uint8Array([1, 2, 3]));
        }
        await copy(paths, { resume: true }, { report });
        equal(resumedAt.length, 1);
        deepEqual(await Deno.readFile(join(to, "f")), content);
        await Deno.remove(join(to, "f"));
      }
      equal(sshd.dir.length > 0, true);
    }));
}

Deno.test("standard input becomes a file, and a file standard output", () =>
  withBench(async ({ connection, guest }) => {
    const content = randomBytes(3_000_001);
    const input = async function* (): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < content.length; at += 70_000) yield content.subarray(at, at + 70_000);
      await Promise.resolve();
    };
    const path = join(guest, "it's here");
    await Deno.writeTextFile(path, "old", { mode: 0o600 });
    const sent = await copyInput(connection, path, input(), quiet);
    deepEqual([sent.bytes, sent.target], [content.length, path]);
    deepEqual(await Deno.readFile(path), content);
    equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    const got: Uint8Array[] = [];
    const write = (bytes: Uint8Array): Promise<void> =>
      Promise.resolve(void got.push(bytes.slice()));
    equal((await copyOutput(connection, path, write, quiet)).bytes, content.length);
    equal(new Blob(got as Uint8Array<ArrayBuffer>[]).size, content.length);
    deepEqual(
      new Uint8Array(await new Blob(got as Uint8Array<ArrayBuffer>[]).arrayBuffer()),
      content,
    );
    // A stream that breaks leaves the old file, and nothing else.
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield content.subarray(0, 1000);
      await Promise.reject(new Error("the pipe broke"));
    };
    await rejects(copyInput(connection, path, broken(), quiet), /pipe broke/);
    await rejects(copyInput(connection, guest, input(), quiet), /is a directory/);
    await rejects(copyInput(connection, "/dev/full", input(), quiet), /disk is full/);
    await rejects(copyOutput(connection, join(guest, "none"), write, quiet), /no such file/);
    deepEqual(await Deno.readFile(path), content);
    deepEqual(await namesIn(guest), ["it's here"]);
  }));

Deno.test("a device is written into, never replaced, and not at all by what can't do that", () =>
  withBench(async ({ copy, host }) => {
    const size = 2 ** 20;
    await Deno.writeFile(join(host, "sparse"), new Uint8Array(0));
    await Deno.truncate(join(host, "sparse"), size);
    for (const route of ["auto", "stream", "sftp"] as const) {
      await copy([join(host, "sparse"), "vm:/dev/null"], { route });
    }
    await copy([`vm:${host}/sparse`, "/dev/null"]);
    for (const paths of [[`${host}/sparse`, "/dev/null"], [`vm:${host}/sparse`, "vm:/dev/null"]]) {
      await rejects(copy(paths), /not a regular file/);
    }
    equal((await Deno.lstat("/dev/null")).isCharDevice, true);
  }));

Deno.test("start-up files of the guest's shell that print things confuse no tree", async () => {
  const config = [`ForceCommand printf 'Welcome!\\nC0644 3 x\\n'; eval "$SSH_ORIGINAL_COMMAND"`];
  await using bench = await startBench({ config });
  const { copy, host, guest } = bench;
  await Deno.mkdir(join(host, "tree"));
  await Deno.writeTextFile(join(host, "tree/f"), "text");
  await copy([join(host, "tree"), `vm:${guest}`], { verify: true, preserve: true });
  await copy([`vm:${guest}/tr*`, join(host, "back")], { verify: true });
  equal(await Deno.readTextFile(join(host, "back/f")), "text");
  equal((await copy([`vm:${guest}/tree`, host], { dryRun: true })).files, 1);
});

/** A guest whose umask is 077, for commands or for SFTP. */
const UMASKS: readonly (readonly [SshdOptions, readonly RouteChoice[]])[] = [
  [{ config: [`ForceCommand umask 077; eval "$SSH_ORIGINAL_COMMAND"`] }, ["scp", "stream"]],
  [{ sftp: "internal-sftp -u 077" }, ["sftp"]],
];

for (const [options, routes] of UMASKS) {
  Deno.test(`a new file goes through the guest's umask over ${routes}, without special bits`, async () => {
    await using bench = await startBench(options);
    const { copy, host, guest } = bench;
    await Deno.writeTextFile(join(host, "f"), "text");
    await Deno.chmod(join(host, "f"), 0o6755);
    for (const route of routes) {
      await copy([join(host, "f"), `vm:${guest}/${route}`], { route });
      equal((await Deno.stat(join(guest, route))).mode! & 0o7777, 0o700, route);
    }
  });
}
