/** Images in every form, made by the programs that vendors use, and files that are none. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { isCubicError } from "../../core/errors.ts";
import { realHost } from "../../core/host.ts";
import { checkImage } from "../../core/images/convert.ts";
import { digestFile } from "../../core/images/digest.ts";
import { sniffImage } from "../../core/images/sniff.ts";
import { type IncomingImage, unpackImage } from "../../core/images/unpack.ts";
import { unpacked } from "../../core/images/unpack_stream.ts";
import type { Compression } from "../../core/images/unpack_damage.ts";
import type { Progress } from "../../core/progress.ts";
import { makeTestDisk, run, type TestDisk, tool } from "../support/disk.ts";
import { recorded } from "../support/images.ts";
import { makeTempDir } from "../support/temp_dir.ts";

const MIB = 1024 ** 2;
const host = realHost();

/** Unpacks a file as the store does, into a directory of its own. */
async function unpack(
  disk: TestDisk,
  file: string,
  more: Partial<IncomingImage> = {},
  operation = recorded(),
): Promise<string> {
  const into = await Deno.makeTempDir({ dir: disk.path });
  try {
    const form = await sniffImage(file);
    return await unpackImage(host, { file, ...form, into, label: "image", ...more }, operation);
  } catch (error) {
    assert.deepEqual(await Array.fromAsync(Deno.readDir(into)), [], "something was left");
    throw error;
  }
}

async function refuses(promise: Promise<unknown>, says: RegExp, code = "image-corrupt" as const) {
  await assert.rejects(promise, (error) => {
    assert.match(String(error), says);
    return isCubicError(error, code);
  });
}

async function takenBytes(path: string): Promise<number> {
  return (await Deno.stat(path)).blocks! * 512;
}

Deno.test("an image in any form becomes the same complete qcow2 disk", async () => {
  await using disk = await makeTestDisk();
  for (const format of ["raw", "qcow2"] as const) {
    for (const [compression, suffix] of [["", ""], ["gzip", "gz"], ["xz", "xz"], ["zstd", "zst"]]) {
      const plain = disk[format];
      const file = compression ? `${plain}.${suffix}` : plain;
      if (compression) await tool(`${compression} -q -k -c '${plain}' > '${file}'`);
      const form = await sniffImage(file);
      assert.deepEqual(form, compression ? { format, compression } : { format });
      const before = await digestFile(file, "sha256");
      const operation = recorded();
      const result = await unpack(disk, file, {}, operation);
      await run("qemu-img", "compare", "-f", "raw", "-F", "qcow2", disk.raw, result);
      assert.deepEqual(await checkImage(host, result), { ok: true });
      assert.equal(await digestFile(file, "sha256"), before, "the file was changed");
      assert(await takenBytes(result) < disk.data + MIB, `${await takenBytes(result)} bytes`);
      const left = (await Array.fromAsync(Deno.readDir(join(result, "..")))).map(({ name }) =>
        name
      );
      assert.deepEqual(left, [result.split("/").at(-1)]);
      assert.match(left[0]!, /^\.incoming-/);
      const last = operation.events.findLast(({ kind }) => kind === "bytes");
      if (last?.kind === "bytes") assert.equal(last.done, last.total);
      assert.deepEqual(operation.events.at(-1), { kind: "done", label: "image" });
    }
  }
});

/** Shell commands that write what $1 holds to stdout; all of them must come back as they were. */
const VARIANTS: Readonly<Record<Compression, readonly string[]>> = {
  gzip: [
    'gzip -9 < "$1"',
    'gzip -N -c "$1"',
    'head -c 1000000 "$1" | gzip; tail -c +1000001 "$1" | gzip -1',
    'gzip -c "$1"; head -c 1024 /dev/zero',
  ],
  xz: [
    'xz -0 < "$1"',
    'xz -9e < "$1"',
    'xz -T2 --block-size=1MiB -c "$1"',
    'xz --check=none < "$1"',
    'xz --check=crc32 < "$1"',
    'head -c 1000000 "$1" | xz; head -c 8 /dev/zero; tail -c +1000001 "$1" | xz; head -c 4 /dev/zero',
    'xz < /dev/null; xz < "$1"',
  ],
  zstd: [
    'zstd -1 < "$1"',
    'zstd -19 -c "$1"',
    'zstd -T2 --long=27 < "$1"',
    'zstd --no-check --fast=5 -c "$1"',
    'head -c 1000000 "$1" | zstd; zstd < /dev/null; tail -c +1000001 "$1" | zstd',
    `printf '\\120\\052\\115\\030\\002\\000\\000\\000ab'; zstd -c "$1"`,
  ],
};

Deno.test("what gzip, xz and zstd write with their options is read, in parts too", async () => {
  await using disk = await makeTestDisk();
  const sample = join(disk.path, "sample");
  const half = 'head -c 2200000 "$1"; tail -c 8388608 "$1" | head -c 2200000';
  await tool(`{ ${half}; } > "$2"`, disk.raw, sample);
  const want = await digestFile(sample, "sha256");
  for (const [compression, commands] of Object.entries(VARIANTS)) {
    for (const command of commands) {
      const file = join(disk.path, "packed");
      await tool(`{ ${command}; } > "$2"`, sample, file);
      const hash = createHash("sha256");
      const packed = { file, compression: compression as Compression, label: "image" };
      for await (const chunk of unpacked(packed)) hash.update(chunk);
      assert.equal(hash.digest("hex"), want, command);
    }
  }
});

Deno.test("what cubic does not read names the program that does", async () => {
  await using disk = await makeTestDisk();
  const cases = [
    { command: 'xz -0 --check=sha256 < "$1"', says: /options of xz/ },
    { command: 'xz --x86 --lzma2=preset=0 < "$1"', says: /options of xz/ },
    { command: 'xz --lzma2=preset=0,dict=256MiB < "$1"', says: /too much memory/ },
    { command: 'head -c 2000000 "$1" | zstd --long=28', says: /too much memory/ },
  ];
  for (const { command, says } of cases) {
    const file = join(disk.path, "packed");
    await tool(`${command} > "$2"`, disk.raw, file);
    await assert.rejects(sniffImage(file), (error) => {
      assert(isCubicError(error, "image-corrupt"));
      assert.match(error.message, says);
      assert.match(error.hint ?? "", /`(xz -dk|zstd -dk --long=31) FILE`/);
      return true;
    });
  }
});

Deno.test("a file that was cut, changed or added to is refused and leaves nothing", async () => {
  await using disk = await makeTestDisk();
  for (const program of ["gzip", "xz", "zstd"] as const) {
    const packed = join(disk.path, program);
    await tool(`${program} -q -c "$1" > "$2"`, disk.raw, packed);
    const bytes = await Deno.readFile(packed);
    const file = join(disk.path, "broken");
    const form = { format: "raw", compression: program } as const;
    const parts = Array.from({ length: 9 }, (_, i) => Math.floor(bytes.length * (i + 1) / 10));
    for (const length of [...parts, ...[1, 4, 7, 12].map((count) => bytes.length - count)]) {
      await Deno.writeFile(file, bytes.subarray(0, length));
      await refuses(unpack(disk, file, form), /ends too early/);
    }
    for (const at of [...parts, bytes.length - 6]) {
      const wrong = Uint8Array.from(bytes);
      wrong[at]! ^= 0x20;
      await Deno.writeFile(file, wrong);
      await refuses(unpack(disk, file, form), /damaged|ends too early|something else/);
    }
    for (const garbage of ["x", "something else", "\0\0\0\0\0\0\0\0something else altogether"]) {
      await Deno.writeFile(file, bytes);
      await Deno.writeTextFile(file, garbage, { append: true });
      await refuses(unpack(disk, file, form), /something else|ends too early|damaged/);
    }
  }
});

Deno.test("10 GiB of zeros take no room, and more than the limit is refused", async () => {
  await using disk = await makeTestDisk();
  const file = join(disk.path, "bomb.gz");
  const zeros = 'head -c 67108864 /dev/zero | gzip -1 > "$2.part"; for i in $(seq 160)';
  await tool(
    `head -c 512 "$1" | gzip > "$2"; ${zeros}; do cat "$2.part" >> "$2"; done`,
    disk.raw,
    file,
  );
  await refuses(
    unpack(disk, file, { limits: { maxSize: 9 * 1024 * MIB, keepFree: 0 } }),
    /holds more than 9 G/,
  );
  const into = await Deno.makeTempDir({ dir: disk.path });
  let onTheWay = 0;
  const report = (event: Progress): void => {
    if (event.kind !== "step" || !event.text.startsWith("Converting")) return;
    for (const { name } of Deno.readDirSync(into)) {
      onTheWay += Deno.statSync(join(into, name)).blocks! * 512;
    }
  };
  const form = await sniffImage(file);
  const bomb = { file, ...form, into, label: "image" };
  const result = await unpackImage(host, bomb, { ...recorded(), report });
  assert(onTheWay > 0 && onTheWay < MIB, `${onTheWay} bytes`);
  const info = JSON.parse(await run("qemu-img", "info", "--output=json", "-f", "qcow2", result));
  assert.equal(info["virtual-size"], 10 * 1024 * MIB + 512);
  assert(await takenBytes(result) < 8 * MIB, `${await takenBytes(result)} bytes`);
});

Deno.test("a full disk is said to be full, before it is and when it is, and nothing is left", async () => {
  await using disk = await makeTestDisk();
  const packed = `${disk.raw}.zst`;
  await tool('zstd -q -c "$1" > "$2"', disk.raw, packed);
  const limits = { maxSize: 2 ** 40, keepFree: 2 ** 60 };
  for (const file of [disk.raw, disk.qcow2, packed]) {
    await refuses(unpack(disk, file, { limits }), /it needs|are free/, "disk-full" as never);
  }
  for (const file of [disk.raw, disk.qcow2, packed]) {
    const said = await onSmallDisk(file, disk.path);
    assert.deepEqual(said, { code: "disk-full", left: [] }, file);
  }
});

/** Unpacks on a file system of 2 MiB that nobody asks for its room before; in namespaces, where that may be mounted. */
async function onSmallDisk(file: string, directory: string): Promise<unknown> {
  const mount = await Deno.makeTempDir({ dir: directory });
  const script = join(directory, "small.ts");
  const core = new URL("../../core/", import.meta.url).href;
  await Deno.writeTextFile(
    script,
    `import { realHost } from "${core}host.ts";
    import { sniffImage } from "${core}images/sniff.ts";
    import { unpackImage } from "${core}images/unpack.ts";
    const [file, into] = Deno.args;
    const free = { maxSize: 2 ** 40, keepFree: -(2 ** 40) };
    const image = { file, into, label: "image", limits: free, ...await sniffImage(file) };
    const operation = { signal: new AbortController().signal, report: () => {} };
    const code = await unpackImage(realHost(), image, operation).catch((error) => error.code);
    console.log(JSON.stringify({ code, left: Array.from(Deno.readDirSync(into)) }));`,
  );
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const namespaces = Deno.uid() === 0 ? ["--mount"] : ["--user", "--map-root-user", "--mount"];
  const command = 'mount -t tmpfs -o size=2m small "$1" && shift && exec "$@"';
  const deno = [Deno.execPath(), "run", "-A", "--no-check", "--quiet", "--config", config];
  const args = [...namespaces, "sh", "-c", command, "sh", mount, ...deno, script, file, mount];
  return JSON.parse(await run("unshare", ...args));
}

Deno.test("an interrupted unpacking leaves nothing, whenever it is interrupted", async () => {
  await using disk = await makeTestDisk();
  for (const program of ["gzip", "xz", "zstd", "cat"]) {
    const file = join(disk.path, program);
    await tool(`${program} < "$1" > "$2"`, disk.raw, file);
    const steps = program === "cat" ? [1, 2] : [1, 3, 8];
    for (const step of steps) {
      const stop = new AbortController();
      let events = 0;
      const report = (): void => {
        if (++events === step) stop.abort();
      };
      const operation = { ...recorded(stop.signal), report };
      await refuses(unpack(disk, file, {}, operation), /Interrupted/, "interrupted" as never);
    }
  }
});

Deno.test("an image that makes QEMU open another file is refused in any packing", async () => {
  await using disk = await makeTestDisk();
  const overlay = join(disk.path, "overlay.qcow2");
  await run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", disk.raw, overlay);
  await refuses(unpack(disk, overlay), /Cannot use image: it refers to another file/);
  await tool('gzip -k "$1"', overlay);
  await refuses(unpack(disk, `${overlay}.gz`), /Cannot use image: it refers to another file/);
});

Deno.test("files that are no disk images are told by what they are", async () => {
  await using dir = await makeTempDir();
  const file = join(dir.path, "image.qcow2");
  const make = (format: string): string => `qemu-img create -q -f ${format} "$1" 1M`;
  const cases: readonly [string, RegExp][] = [
    ['xorriso -outdev "$1" -map "$0" sh -commit 2> "$1.log"', /an ISO 9660 image/],
    ['tar -cf "$1" -C / bin/sh', /a tar archive/],
    ['tar -cJf "$1" -C / bin/sh', /the xz data in it is a tar archive/],
    ['cat /bin/sh > "$1"', /a program/],
    [': > "$1"', /it is empty/],
    ['gzip < /dev/null > "$1"', /the gzip data in it is empty/],
    [`printf '<!doctype html>\\n<title>404</title>' > "$1"`, /an HTML page/],
    [make("vmdk"), /a VMDK disk/],
    [make("vdi"), /a VDI disk/],
    [make("vhdx"), /a VHDX disk/],
    [make("vpc"), /a VHD disk/],
    ['head -c 2000000 /dev/zero > "$1"', /nothing that begins like a disk/],
  ];
  for (const [command, says] of cases) {
    await Deno.remove(file).catch(() => {});
    await run("sh", "-c", command, "/bin/sh", file);
    await refuses(sniffImage(file), says);
  }
});

Deno.test("a file that is not of the format it is said to be is refused", async () => {
  await using disk = await makeTestDisk();
  await tool('gzip -k "$1"; gzip -c "$1.gz" > "$1.gz.gz"', disk.raw);
  await tool('gzip -k "$1"', disk.qcow2);
  const gzip = "gzip" as const;
  const cases = [
    { file: `${disk.raw}.gz`, form: { format: "qcow2", compression: gzip }, says: /not a qcow2/ },
    { file: `${disk.qcow2}.gz`, form: { format: "raw", compression: gzip }, says: /but qcow2/ },
    { file: disk.qcow2, form: { format: "raw" }, says: /it is no raw disk but qcow2/ },
    { file: `${disk.raw}.gz.gz`, form: { format: "raw", compression: gzip }, says: /with gzip/ },
  ] as const;
  for (const { file, form, says } of cases) {
    const into = await Deno.makeTempDir({ dir: disk.path });
    const unpacking = unpackImage(host, { file, ...form, into, label: "image" }, recorded());
    await refuses(unpacking, says);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(into)), []);
  }
});
