/** Images written to files of the user's, and images checked, with the real qemu-img. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type ErrorCode, isCubicError } from "../../core/errors.ts";
import { realHost } from "../../core/host.ts";
import { checkImage } from "../../core/images/convert.ts";
import { digestFile } from "../../core/images/digest.ts";
import { exportImage, type ExportRequest } from "../../core/images/export.ts";
import type { StoredImage } from "../../core/images/sidecar.ts";
import type { Operation, Progress } from "../../core/progress.ts";
import { makeTestDisk, run, type TestDisk } from "../support/disk.ts";
import { recorded } from "../support/images.ts";

const app = { host: realHost() };

async function storedImage({ qcow2, raw }: TestDisk): Promise<StoredImage> {
  await Deno.chmod(qcow2, 0o444);
  return {
    path: qcow2,
    size: (await Deno.stat(qcow2)).size,
    virtualSize: (await Deno.stat(raw)).size,
    checksum: { algorithm: "sha256", digest: await digestFile(qcow2, "sha256") },
    names: ["test:1:amd64"],
    distro: "test",
    release: "1",
    version: "1",
    arch: "amd64",
    source: "built",
    verified: "built",
    created: new Date(0).toISOString(),
  };
}

async function namesIn(directory: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name).sort();
}

Deno.test("an exported image is the stored one, in the format that was asked for", async () => {
  await using disk = await makeTestDisk();
  const image = await storedImage(disk);
  const directory = await Deno.makeTempDir({ dir: disk.path });
  const write = async (name: string, more: Omit<ExportRequest, "output">): Promise<string> => {
    const operation = recorded();
    const output = join(directory, name);
    const { path, size } = await exportImage(app, image, { output, ...more }, operation);
    assert.equal(size, (await Deno.stat(path)).size);
    assert.deepEqual(operation.events.at(-1), { kind: "done", label: name });
    return path;
  };

  const copy = await write("copy.qcow2", { format: "qcow2" });
  assert.equal(await digestFile(copy, "sha256"), image.checksum.digest);
  assert.equal((await Deno.stat(copy)).mode! & 0o777, 0o644);

  const packed = await write("-packed: 1.qcow2", { format: "qcow2", compress: true });
  await run("qemu-img", "compare", "-f", "qcow2", "-F", "raw", packed, disk.raw);
  assert((await Deno.stat(packed)).size < image.size, "it is no smaller");

  const raw = await write("disk.raw", { format: "raw" });
  assert.equal(await digestFile(raw, "sha256"), await digestFile(disk.raw, "sha256"));
  assert((await Deno.stat(raw)).blocks! * 512 < image.virtualSize / 2, "the zeros take room");

  assert.deepEqual(await namesIn(directory), ["-packed: 1.qcow2", "copy.qcow2", "disk.raw"]);
});

Deno.test("an export that can't be done says why and changes nothing", async () => {
  await using disk = await makeTestDisk();
  const image = await storedImage(disk);
  const directory = await Deno.makeTempDir({ dir: disk.path });
  const there = join(directory, "there");
  await Deno.writeTextFile(there, "mine");
  const refuse = async (
    code: ErrorCode,
    request: ExportRequest,
    operation: Operation = recorded(),
  ): Promise<void> => {
    const writing = exportImage(app, image, request, operation);
    await assert.rejects(writing, (error) => isCubicError(error, code), code);
    assert.deepEqual(await namesIn(directory), ["there"]);
    assert.equal(await Deno.readTextFile(there), "mine");
  };
  const missing = join(directory, "no", "where");
  await refuse("usage", { output: there, format: "raw" });
  await refuse("usage", { output: join(directory, "new"), format: "raw", compress: true });
  await refuse("invalid-value", { output: directory, format: "raw", force: true });
  await refuse("file-not-found", { output: missing, format: "qcow2" });
  await refuse("failed", { output: join(there, "below"), format: "qcow2" });
  // The first bytes of a conversion are told when the file is there, a copy has a step before it.
  for (const [format, kind] of [["raw", "bytes"], ["qcow2", "step"]] as const) {
    const stop = new AbortController();
    const report = (event: Progress): void => {
      if (event.kind === kind) stop.abort();
    };
    const operation = { signal: stop.signal, report };
    await refuse("interrupted", { output: there, format, force: true }, operation);
  }

  await exportImage(app, image, { output: there, format: "qcow2", force: true }, recorded());
  assert.equal(await digestFile(there, "sha256"), image.checksum.digest);
});

Deno.test("a check finds broken tables, and takes lost clusters for no harm", async () => {
  await using disk = await makeTestDisk();
  assert.deepEqual(await checkImage(app.host, disk.qcow2), { ok: true });

  const leaky = join(disk.path, "leaky.qcow2");
  const broken = join(disk.path, "broken.qcow2");
  const bytes = await Deno.readFile(disk.qcow2);
  const view = new DataView(bytes.buffer);
  const clusterSize = 2 ** view.getUint32(20);
  // The header names the table of tables that count the users of each cluster, 16 bits each.
  const counts = Number(view.getBigUint64(Number(view.getBigUint64(48))));
  const clusters = bytes.length / clusterSize;
  assert(Number.isInteger(clusters));
  view.setUint16(counts + 2 * clusters, 1);
  await Deno.writeFile(leaky, bytes);
  await Deno.truncate(leaky, bytes.length + clusterSize);
  const { code } = await app.host.run("qemu-img", ["check", "-f", "qcow2", leaky]);
  assert.equal(code, 3, "the test made no leak");
  assert.deepEqual(await checkImage(app.host, leaky), { ok: true });

  view.setUint16(counts + 2 * (clusters - 1), 0);
  await Deno.writeFile(broken, bytes);
  const check = await checkImage(app.host, broken);
  assert(!check.ok);
  assert.match(check.problem, /refcount|corrupt/i);

  await Deno.writeFile(broken, bytes.subarray(0, 100));
  assert.equal((await checkImage(app.host, broken)).ok, false);
});
