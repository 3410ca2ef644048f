import { equal, match, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { realHost } from "../host.ts";
import { createOverlay, diskFacts, growDisk } from "./img.ts";
import { makeTempDir } from "../../tests/support/temp_dir.ts";

const host = realHost();
const GIB = 1024 ** 3;

Deno.test("createOverlay() makes a small disk of the wanted size on a base that may move with it", async () => {
  await using dir = await makeTempDir();
  const [images, web] = [join(dir.path, "images"), join(dir.path, "a,b c:d", "web")];
  await Deno.mkdir(images);
  await Deno.mkdir(web, { recursive: true });
  const base = await host.run("qemu-img", ["create", "-f", "qcow2", join(images, "b.qcow2"), "1G"]);
  equal(base.code, 0, base.stderr);
  const disk = join(web, "disk.qcow2");
  await createOverlay(host, disk, "../../images/b.qcow2", 100 * GIB);
  const { virtualSize, actualSize } = await diskFacts(host, disk);
  equal(virtualSize, 100 * GIB);
  ok(actualSize < 4 * 1024 ** 2, `${actualSize}`);
  await Deno.rename(join(dir.path, "a,b c:d"), join(dir.path, "moved"));
  const check = await host.run("qemu-img", [
    ...["info", "--backing-chain", join(dir.path, "moved", "web", "disk.qcow2")],
  ]);
  equal(check.code, 0, check.stderr);
  match(check.stdout, /images\/b\.qcow2/);
});

Deno.test("qemu-img's own words come with the error", async () => {
  await using dir = await makeTempDir();
  const disk = join(dir.path, "none", "disk.qcow2");
  await rejects(createOverlay(host, disk, "b", GIB), {
    code: "qemu-failed",
    details: /No such file/,
  });
  await rejects(diskFacts(host, disk), { code: "qemu-failed", message: /^Cannot read the disk/ });
});

Deno.test("a qemu-img that hangs can be interrupted", async () => {
  await using dir = await makeTempDir();
  await Deno.writeTextFile(join(dir.path, "qemu-img"), "#!/bin/sh\nexec sleep 5\n", {
    mode: 0o755,
  });
  const env = (name: string): string | undefined =>
    name === "CUBIC_QEMU_DIR" ? dir.path : host.env(name);
  const slow = { ...host, env };
  const works = [
    (signal: AbortSignal) => createOverlay(slow, "disk", "base", GIB, signal),
    (signal: AbortSignal) => diskFacts(slow, "disk", signal),
    (signal: AbortSignal) => growDisk(slow, "disk", GIB, signal),
  ];
  await Promise.all(
    works.map((work) => rejects(work(AbortSignal.timeout(100)), { code: "interrupted" })),
  );
});

Deno.test("a missing qemu-img is said with the command that installs it", async () => {
  const env = (name: string): string | undefined =>
    name === "CUBIC_QEMU_DIR" ? "/nonexistent" : undefined;
  await rejects(diskFacts({ ...host, env }, "disk"), { code: "qemu-missing", hint: /nstall/ });
});
