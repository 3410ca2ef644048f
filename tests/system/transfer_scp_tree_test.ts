/** Trees by SCP's own records, both ways, against OpenSSH's scp: for guests with neither tar nor SFTP. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { isCubicError } from "../../core/errors.ts";
import { makeTempDir } from "../support/temp_dir.ts";
import {
  AWKWARD_NAMES,
  makeTools,
  manifest,
  namesIn,
  randomBytes,
  startBench,
  type TransferBench,
} from "../support/transfer.ts";

/** A guest without tar and SFTP. */
async function withBench(run: (bench: TransferBench) => Promise<void>): Promise<void> {
  await using temp = await makeTempDir();
  const tools = await makeTools(temp.path, { without: ["tar"] });
  await using bench = await startBench({ config: [`SetEnv PATH=${tools} SHLVL=2`], sftp: null });
  await run(bench);
  for (const dir of [bench.host, bench.guest]) {
    deepEqual((await namesIn(dir)).filter((name) => name.startsWith(".cubic-")), []);
  }
}

async function writeTree(root: string): Promise<void> {
  await Deno.mkdir(join(root, "names/deep/er"), { recursive: true });
  await Deno.mkdir(join(root, "empty"));
  for (const name of AWKWARD_NAMES.filter((name) => !name.includes("\n"))) {
    await Deno.writeTextFile(join(root, "names", name), name);
  }
  await Deno.writeTextFile(join(root, "names/deep/er/bottom"), "deep");
  for (const size of [0, 1, 131_071, 131_072, 131_073, 3_000_001]) {
    await Deno.writeFile(join(root, `${size}`), randomBytes(size));
  }
  await Deno.mkdir(join(root, "read only"));
  for (const mode of [0o400, 0o640, 0o755, 0o4755, 0o2750]) {
    await Deno.writeTextFile(join(root, "read only", mode.toString(8)), "x");
    await Deno.chmod(join(root, "read only", mode.toString(8)), mode);
  }
  for (const time of [0, 1_600_000_000, 2 ** 31 + 5]) {
    await Deno.writeTextFile(join(root, `time ${time}`), "x");
    await Deno.utime(join(root, `time ${time}`), time, time);
  }
  await Deno.chmod(join(root, "read only"), 0o555);
  await Deno.utime(join(root, "read only"), 2000, 2000);
}

for (const direction of ["into", "out of"] as const) {
  Deno.test(`a tree goes ${direction} a guest with neither tar nor SFTP, with modes and times`, () =>
    withBench(async ({ copy, host, guest }) => {
      const [from, to] = direction === "into" ? [host, guest] : [guest, host];
      await writeTree(join(from, "tree"));
      const paths = direction === "into"
        ? [join(host, "tree"), `vm:${guest}`]
        : [`vm:${guest}/tree`, host];
      const result = await copy(paths, { preserve: true });
      deepEqual(result.warnings, []);
      equal(result.route, "scp");
      const facts = { modes: true, times: true };
      deepEqual(await manifest(join(to, "tree"), facts), await manifest(join(from, "tree"), facts));
      // Once more, merged with what is there.
      await Deno.writeTextFile(join(to, "tree/own"), "stays");
      await Deno.writeTextFile(join(to, "tree/1"), "goes");
      await copy(paths);
      deepEqual(
        (await manifest(join(to, "tree"))).filter((line) => !line.startsWith("own")),
        await manifest(join(from, "tree")),
      );
    }));

  Deno.test(`what SCP can't carry ${direction} a guest is named, and the rest arrives`, () =>
    withBench(async ({ copy, host, guest }) => {
      const [from, to] = direction === "into" ? [host, guest] : [guest, host];
      await Deno.mkdir(join(from, "tree/line\nend"), { recursive: true });
      await Deno.writeTextFile(join(from, "tree/line\nend/inner"), "x");
      await Deno.writeTextFile(join(from, "tree/a\nb"), "x");
      await Deno.writeTextFile(join(from, "tree/good"), "x");
      await Deno.symlink("nowhere", join(from, "tree/dangling"));
      await new Deno.Command("mkfifo", { args: [join(from, "tree/pipe")] }).output();
      const paths = direction === "into"
        ? [join(host, "tree"), `vm:${guest}`]
        : [`vm:${guest}/tree`, host];
      const { warnings } = await copy(paths);
      equal(warnings.length, 4, warnings.join("\n"));
      deepEqual(await namesIn(join(to, "tree")), ["good"]);
    }));
}

Deno.test("the guest's scp follows links out of it, and one that leads back ends the copy", () =>
  withBench(async ({ copy, host, guest }) => {
    await Deno.mkdir(join(guest, "tree/sub"), { recursive: true });
    await Deno.writeTextFile(join(guest, "tree/sub/f"), "f");
    await Deno.symlink("sub", join(guest, "tree/link"));
    await copy([`vm:${guest}/tree`, host]);
    equal(await Deno.readTextFile(join(host, "tree/link/f")), "f");
    equal((await Deno.lstat(join(host, "tree/link"))).isSymlink, false);
    await Deno.symlink("..", join(guest, "tree/sub/back"));
    await rejects(
      copy([`vm:${guest}/tree`, join(host, "again")]),
      /directories are in one another/,
    );
    deepEqual(await namesIn(host), ["tree"]);
  }));

Deno.test("a tree over SCP is left out of by --exclude, and verified", () =>
  withBench(async ({ copy, host, guest }) => {
    await writeTree(join(guest, "tree"));
    const exclude = (path: string): boolean => path === "3000001" || path === "names";
    await copy([`vm:${guest}/tree`, host], { exclude, verify: true });
    const names = await namesIn(join(host, "tree"));
    ok(!names.includes("3000001") && !names.includes("names") && names.includes("131073"));
    await copy([join(host, "tree"), `vm:${guest}/again`], { exclude, verify: true });
    deepEqual(await namesIn(join(guest, "again")), names);
  }));

Deno.test("a guest with nothing at all says what to install", async () => {
  await using temp = await makeTempDir();
  const tools = await makeTools(temp.path, { without: ["tar", "scp"] });
  await using bench = await startBench({ config: [`SetEnv PATH=${tools} SHLVL=2`], sftp: null });
  const { copy, host, guest } = bench;
  await Deno.mkdir(join(host, "tree"));
  for (const paths of [[join(host, "tree"), `vm:${guest}`], [`vm:${host}/tree`, join(host, "b")]]) {
    await rejects(copy(paths), (error) => {
      ok(isCubicError(error, "transfer-failed"), String(error));
      match(error.details ?? "", /stream: tar is not.*\nsftp: .*\nscp: scp is not installed/);
      match(error.hint ?? "", /Install tar/);
      return true;
    });
  }
  deepEqual(await namesIn(guest), []);
});
