/** `--resume` of whole trees over SFTP, and where it can't be had. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { isCubicError } from "../../core/errors.ts";
import { makeExcluder } from "../../core/transfer/exclude.ts";
import type { Progress } from "../../core/progress.ts";
import { AWKWARD_NAMES, manifest, namesIn, randomBytes, startBench } from "../support/transfer.ts";

const MIB = 2 ** 20;

async function writeTree(root: string): Promise<void> {
  await Deno.mkdir(join(root, "names"), { recursive: true });
  await Deno.mkdir(join(root, "empty"));
  for (const name of AWKWARD_NAMES) await Deno.writeTextFile(join(root, "names", name), name);
  await Deno.writeFile(join(root, "large"), randomBytes(24 * MIB));
  await Deno.symlink("names", join(root, "link"));
  await Deno.mkdir(join(root, "read only"));
  await Deno.writeTextFile(join(root, "read only/file"), "x", { mode: 0o400 });
  await Deno.utime(join(root, "read only/file"), 1_600_000_000, 1_600_000_000);
  await Deno.chmod(join(root, "read only"), 0o555);
}

for (const direction of ["into", "out of"] as const) {
  Deno.test(`--resume -r goes on with a tree ${direction} a guest: what is there stays, a part is continued`, async () => {
    await using bench = await startBench();
    const { copy, host, guest } = bench;
    const [from, to] = direction === "into" ? [host, guest] : [guest, host];
    const paths = direction === "into"
      ? [join(host, "tree"), `vm:${guest}`]
      : [`vm:${guest}/tree`, host];
    await writeTree(join(from, "tree"));
    const options = { resume: true, preserve: true };
    await copy(paths, { ...options, exclude: makeExcluder(["large"]) });
    const interrupt = new AbortController();
    const report = (event: Progress): void => {
      if (event.kind === "bytes" && event.done > 6 * MIB) interrupt.abort();
    };
    await rejects(
      copy(paths, options, { signal: interrupt.signal, report }),
      (error) => isCubicError(error, "interrupted"),
    );
    const [part = ""] = await namesIn(join(to, "tree"));
    match(part, /^\.cubic-\w+\.resume\.part$/);
    const { ino, size } = await Deno.stat(join(to, "tree", part));
    ok(size > 0 && size < 24 * MIB, `${size}`);
    const files = async (): Promise<number> => {
      const result = await copy(paths, { ...options, verify: true });
      deepEqual(result.warnings, []);
      const facts = { modes: true, times: true };
      deepEqual(
        await manifest(join(to, "tree"), facts),
        await manifest(join(from, "tree"), facts),
      );
      return result.files;
    };
    equal(await files(), 1);
    equal((await Deno.stat(join(to, "tree/large"))).ino, ino, "it began anew");
    equal(await files(), 0);
    // Of equal size, but younger.
    await Deno.writeTextFile(join(from, "tree/names/it's"), "IT'S");
    await Deno.utime(join(from, "tree/names/it's"), 1_700_000_000, 1_700_000_000);
    equal(await files(), 1);
  });

  Deno.test(`--resume -r ${direction} a guest leaves out what is in the way, and follows no link there`, async () => {
    await using bench = await startBench();
    const { copy, host, guest } = bench;
    const [from, to] = direction === "into" ? [host, guest] : [guest, host];
    await Deno.mkdir(join(from, "tree/sub"), { recursive: true });
    await Deno.mkdir(join(from, "tree/through"));
    for (const name of ["file", "sub/inner", "through/evil"]) {
      await Deno.writeTextFile(join(from, "tree", name), name);
    }
    await Deno.mkdir(join(to, "tree/file"), { recursive: true });
    await Deno.writeTextFile(join(to, "tree/sub"), "old");
    await Deno.mkdir(join(to, "outside"));
    await Deno.symlink("../outside", join(to, "tree/through"));
    const paths = direction === "into"
      ? [join(host, "tree"), `vm:${guest}`]
      : [`vm:${guest}/tree`, host];
    const { warnings } = await copy(paths, { resume: true });
    equal(warnings.length, 3);
    deepEqual(await namesIn(join(to, "outside")), []);
    equal(await Deno.readTextFile(join(to, "tree/sub")), "old");
  });
}

Deno.test("--resume is refused where nothing can be continued, and not ignored", async () => {
  await using bench = await startBench();
  const { copy, host, guest } = bench;
  await Deno.mkdir(join(host, "tree"));
  await Deno.writeTextFile(join(host, "f"), "x");
  const cases = [
    [[join(host, "tree"), join(host, "to")], {}],
    [[`vm:${host}/f`, `vm:${guest}/f`], {}],
    [[join(host, "f"), `vm:${guest}`], { route: "scp" }],
    [[join(host, "tree"), `vm:${guest}`], { route: "stream" }],
    [[join(host, "f"), "vm:/dev/null"], {}],
  ] as const;
  for (const [paths, options] of cases) {
    await rejects(
      copy(paths, { resume: true, ...options }),
      (error) => isCubicError(error, "usage") && /^Cannot resume/.test(error.message),
      paths.join(),
    );
  }
  deepEqual(await namesIn(guest), []);
});

Deno.test("--resume keeps the mode of the file it replaces, and with -p that of the source", async () => {
  await using bench = await startBench();
  const { copy, host, guest } = bench;
  for (const [preserve, wanted] of [[false, 0o604], [true, 0o751]] as const) {
    for (const [from, to, before, after] of [[host, guest, "", "vm:"], [guest, host, "vm:", ""]]) {
      await Deno.writeTextFile(join(from!, "f"), "new", { mode: 0o751 });
      await Deno.chmod(join(from!, "f"), 0o751);
      await Deno.writeTextFile(join(to!, "g"), "old");
      await Deno.chmod(join(to!, "g"), 0o604);
      await copy([`${before}${from}/f`, `${after}${to}/g`], { resume: true, preserve });
      equal(await Deno.readTextFile(join(to!, "g")), "new");
      equal((await Deno.stat(join(to!, "g"))).mode! & 0o7777, wanted);
    }
  }
});
