import { equal, match } from "node:assert/strict";
import { join } from "node:path";
import { findProgram, installCommand, type Requirement } from "./programs.ts";
import { makeTempDir } from "../tests/support/temp_dir.ts";

const NAME = "cubic-test-program";

Deno.test("findProgram() goes along PATH in its order", async () => {
  await using dir = await makeTempDir();
  const [first, second] = [join(dir.path, "first"), join(dir.path, "second")];
  for (const place of [first, second]) await putProgram(place, NAME);
  const find = (path: string): Promise<string | undefined> =>
    findProgram({ env: (name) => name === "PATH" ? path : undefined }, NAME);
  equal(await find(`${first}:${second}`), join(first, NAME));
  equal(await find(`${second}:${first}`), join(second, NAME));
  equal(await find(`:${first}:`), join(first, NAME));
  equal(await find("/nonexistent"), undefined);
});

Deno.test("findProgram() looks for QEMU in CUBIC_QEMU_DIR alone, and for nothing else there", async () => {
  await using dir = await makeTempDir();
  const env = (name: string): string | undefined =>
    name === "CUBIC_QEMU_DIR" ? dir.path : name === "PATH" ? "/usr/bin" : undefined;
  equal(await findProgram({ env }, "qemu-img"), undefined);
  await putProgram(dir.path, "qemu-img");
  await putProgram(dir.path, "env");
  equal(await findProgram({ env }, "qemu-img"), join(dir.path, "qemu-img"));
  match(await findProgram({ env }, "env") ?? "", /^\/usr\/bin\//);
});

Deno.test("findProgram() passes over directories and files that can't be run", async () => {
  await using dir = await makeTempDir();
  const [wrong, plain, right] = ["wrong", "plain", "right"].map((name) => join(dir.path, name));
  await Deno.mkdir(join(wrong!, NAME), { recursive: true });
  await putProgram(plain!, NAME, 0o644);
  await putProgram(right!, NAME);
  const env = (name: string): string | undefined =>
    name === "PATH" ? `${wrong}:${plain}:${right}` : undefined;
  equal(await findProgram({ env }, NAME), join(right!, NAME));
});

Deno.test("findProgram() finds what a bare PATH lacks in the usual places", async () => {
  match(await findProgram({ env: () => undefined }, "env") ?? "", /\/env$/);
});

Deno.test("installCommand() has a command for every requirement, system and architecture", async () => {
  const requirements: Requirement[] = ["qemu", "qemu-img", "firmware", "image-build"];
  for (const requirement of requirements) {
    for (const os of ["linux", "darwin"] as const) {
      for (const arch of ["amd64", "arm64"] as const) {
        const host = { os, arch, env: () => undefined };
        const manager = os === "darwin" ? "brew" : "(apt-get|dnf|pacman|zypper|apk|brew)";
        match(
          await installCommand(host, requirement),
          new RegExp(`^(sudo )?${manager} \\S+ .*[a-z]`),
        );
      }
    }
  }
});

Deno.test("installCommand() asks for sudo of those who are not root only, and never for Homebrew", async () => {
  await using dir = await makeTempDir();
  await putProgram(dir.path, "apt-get");
  await putProgram(dir.path, "brew");
  const env = (name: string): string | undefined => name === "PATH" ? dir.path : undefined;
  const expected = "apt-get install -y --no-install-recommends ovmf";
  equal(
    await installCommand({ os: "linux", arch: "amd64", env }, "firmware"),
    Deno.uid() === 0 ? expected : `sudo ${expected}`,
  );
  equal(await installCommand({ os: "darwin", arch: "arm64", env }, "qemu"), "brew install qemu");
});

async function putProgram(dir: string, name: string, mode = 0o755): Promise<void> {
  await Deno.mkdir(dir, { recursive: true });
  await Deno.writeTextFile(join(dir, name), "#!/bin/sh\n", { mode });
}
