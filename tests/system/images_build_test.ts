/** The real recipe with the real tools: one build, shared with the tests that boot it, and one that is stopped. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { App } from "../../core/app.ts";
import { isCubicError } from "../../core/errors.ts";
import { realHost } from "../../core/host.ts";
import { buildImage } from "../../core/images/build.ts";
import { BOOT_LOADER } from "../../core/images/build_guest.ts";
import { parseImageName } from "../../core/images/name.ts";
import { listImages } from "../../core/images/store.ts";
import { Cli } from "../support/cli.ts";
import { appIn, guestImage } from "../support/image.ts";
import { checkResult } from "../support/schema_check.ts";

async function output(command: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await realHost().run(command, args);
  assert.equal(code, 0, stderr);
  return stdout;
}

Deno.test("a built image is a sound qcow2 disk with an EFI and a growable root partition", async () => {
  const path = await guestImage();
  await output("qemu-img", "check", path);
  const info = JSON.parse(await output("qemu-img", "info", "--output=json", path));
  assert.equal(info.format, "qcow2");
  assert.equal(info["backing-filename"], undefined);
  assert(info["actual-size"] < 400 * 1024 ** 2, `${info["actual-size"]} bytes`);

  const dir = await Deno.makeTempDir({ prefix: "cubic-image-" });
  try {
    const raw = join(dir, "disk.raw");
    await output("qemu-img", "convert", "-O", "raw", path, raw);
    const table = JSON.parse(await output("/sbin/sfdisk", "--json", raw)).partitiontable;
    const [root, esp] = table.partitions;
    assert.equal(table.label, "gpt");
    assert.deepEqual([root.name, esp.name], ["root", "ESP"]);
    assert(root.start > esp.start, "the root partition is the last");
    await output("/sbin/e2fsck", "-fn", `${raw}?offset=${root.start * 512}`);
    const files = await output(
      "/sbin/debugfs",
      ...["-R", "stat /usr/bin/sudo", `${raw}?offset=${root.start * 512}`],
    );
    assert.match(files, /Mode: {2}04755/);
    assert.match(files, /User: {5}0 {3}Group: {5}0/);
    const loaders = await output("mdir", "-b", "-i", `${raw}@@${esp.start * 512}`, "::EFI/BOOT");
    assert.match(loaders, /BOOT(X64|AA64)\.EFI/);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("a build that is stopped leaves nothing but package files", async () => {
  const home = await Deno.makeTempDir({ prefix: "cubic-stopped-" });
  const scratch = join(home, "scratch");
  await Deno.mkdir(scratch);
  // The ids of a plain user's namespace must get through to it.
  await Deno.chmod(home, 0o711);
  await Deno.chmod(scratch, 0o711);
  try {
    const app = withTmpdir(appIn(join(home, "state")), scratch);
    const stop = new AbortController();
    const image = parseImageName("debian:bookworm");
    const building = buildImage(app, { image }, {
      signal: stop.signal,
      report: (event) => {
        if (event.kind === "step" && /Unpacking the base/.test(event.text)) stop.abort();
      },
    });
    await assert.rejects(building, (error) => isCubicError(error, "interrupted"));
    assert.deepEqual(await listImages(app.paths), { images: [], broken: [] });
    assert.deepEqual(await Array.fromAsync(Deno.readDir(join(app.paths.cache, "build"))), []);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(scratch)), []);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("a mirror that is none says what apt said", async () => {
  const home = await Deno.makeTempDir({ prefix: "cubic-mirror-" });
  try {
    const request = {
      image: parseImageName("debian:bookworm"),
      mirror: "http://127.0.0.1:1/debian",
    };
    const operation = { signal: new AbortController().signal, report: () => {} };
    await assert.rejects(buildImage(appIn(home), request, operation), (error) => {
      assert(isCubicError(error, "build-failed"));
      assert.match(error.details ?? "", /127\.0\.0\.1:1/);
      return true;
    });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

/** Stands in mmdebstrap's place: a root file system of the boot loader alone, as the tar that it is told to write. */
const SMALL_ROOT = `#!/bin/sh
set -e
for word in "$@"; do case $word in */root.tar) tar=$word ;; esac; done
mkdir -p "$TMPDIR/root/boot"
echo loader > "$TMPDIR/root/${BOOT_LOADER}"
exec tar -C "$TMPDIR/root" -cf "$tar" .
`;

Deno.test("cubic image build tells what it built, also to programs", async () => {
  await using cli = await Cli.create();
  const bin = join(cli.home, "bin");
  await Deno.mkdir(bin, { recursive: true });
  await Deno.writeTextFile(join(bin, "mmdebstrap"), SMALL_ROOT, { mode: 0o755 });
  const env = { PATH: `${bin}:${Deno.env.get("PATH")}` };
  const line = "image build debian:bookworm --mirror http://127.0.0.1:1/debian";
  const built = JSON.parse((await cli.ok(`${line} --json`, { env })).stdout);
  checkResult(["image", "build"], built);
  assert.deepEqual([built.distro, built.source, built.verified], ["debian", "built", "built"]);
  const shown = JSON.parse((await cli.ok("image show debian:bookworm --json")).stdout);
  assert.equal(shown.digest, built.digest);
});

function withTmpdir(app: App, directory: string): App {
  const env = (name: string): string | undefined =>
    name === "TMPDIR" ? directory : app.host.env(name);
  return { ...app, host: { ...app.host, env } };
}
