import { deepEqual, equal, rejects } from "node:assert/strict";
import { join } from "node:path";
import { readOverlay } from "./overlay.ts";
import { run } from "../../tests/support/disk.ts";
import { makeTempDir } from "../../tests/support/temp_dir.ts";

const MIB = 1024 ** 2;

Deno.test("readOverlay() tells what qemu-img was told, and whether something was written since", async () => {
  await using dir = await makeTempDir();
  const [base, disk] = [join(dir.path, "base.qcow2"), join(dir.path, "disk.qcow2")];
  await run("qemu-img", "create", "-q", "-f", "qcow2", base, "64M");
  deepEqual(await readOverlay(base), {
    virtualSize: 64 * MIB,
    backing: undefined,
    untouched: true,
  });
  await run(
    "qemu-img",
    ...["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", "base.qcow2", disk, "1G"],
  );
  const fresh = { virtualSize: 1024 * MIB, backing: "base.qcow2", untouched: true };
  deepEqual(await readOverlay(disk), fresh);
  await run("qemu-io", "-f", "qcow2", "-c", "write -P 7 900M 4k", disk);
  deepEqual(await readOverlay(disk), { ...fresh, untouched: false });
});

Deno.test("readOverlay() counts a snapshot as written, and reads version 2", async () => {
  await using dir = await makeTempDir();
  const disk = join(dir.path, "disk.qcow2");
  await run("qemu-img", "create", "-q", "-f", "qcow2", "-o", "compat=0.10", disk, "64M");
  equal((await readOverlay(disk))?.untouched, true);
  await run("qemu-img", "snapshot", "-c", "before", disk);
  equal((await readOverlay(disk))?.untouched, false);
});

Deno.test("readOverlay() understands no other file, and no part of one", async () => {
  await using dir = await makeTempDir();
  const disk = join(dir.path, "disk");
  await run("qemu-img", "create", "-q", "-f", "qcow2", disk, "64M");
  const whole = await Deno.readFile(disk);
  const wrong = [
    new Uint8Array(),
    new Uint8Array(4096),
    whole.subarray(0, 71),
    whole.subarray(0, 200_000 - 7000),
    changed(whole, 4, 9),
    // A name and a table that no file has: nothing may be made ready for them.
    changed(whole, 16, 0xffffffff),
    changed(whole, 36, 0xffffffff),
  ];
  for (const bytes of wrong) {
    await Deno.writeFile(disk, bytes);
    equal(await readOverlay(disk), undefined);
  }
  await rejects(readOverlay(join(dir.path, "none")), Deno.errors.NotFound);
});

function changed(bytes: Uint8Array<ArrayBuffer>, offset: number, value: number): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint32(offset, value);
  return copy;
}
