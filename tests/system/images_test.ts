/** The image commands as a person types them, against a vendor on loopback. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { realHost } from "../../core/host.ts";
import { digestFile } from "../../core/images/digest.ts";
import { type DebianMirror, serveDebianImage } from "../support/mirror.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

const { arch } = realHost();
const NAME = `debian:bookworm:${arch}`;

interface Scene extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly mirror: DebianMirror;
  /** The vendor's image. */
  readonly file: string;
}

/** A sandbox whose mirror of Debian has one image of 8 MiB of random bytes. */
async function makeScene(): Promise<Scene> {
  const sandbox = await makeSandbox();
  const file = join(sandbox.home, "vendor.qcow2");
  await makeDisk(file, "8M");
  const mirror = await serveDebianImage(file, arch);
  await sandbox.ok("config", "set", "mirror.debian", mirror.url);
  return {
    sandbox,
    mirror,
    file,
    async [Symbol.asyncDispose]() {
      await mirror[Symbol.asyncDispose]();
      await sandbox[Symbol.asyncDispose]();
    },
  };
}

async function makeDisk(file: string, size: string): Promise<void> {
  const raw = `${file}.raw`;
  const blocks = parseInt(size);
  await shell(`dd if=/dev/urandom of=${raw} bs=1M count=${blocks} status=none`);
  // The signature of a partition table, by which a raw disk is told from any other file.
  await shell(`printf '\\125\\252' | dd of=${raw} bs=1 seek=510 conv=notrunc status=none`);
  await shell(`qemu-img convert -f raw -O qcow2 ${raw} ${file}`);
}

async function shell(line: string): Promise<void> {
  const { code, stderr } = await realHost().run("sh", ["-c", line]);
  equal(code, 0, stderr);
}

function downloads({ requests }: DebianMirror): number {
  return requests.filter((path) => path.endsWith(".qcow2")).length;
}

Deno.test("an image is listed, pulled, shown, verified, and removed only when nothing needs it", async () => {
  await using scene = await makeScene();
  const { sandbox, mirror, file } = scene;
  match(await sandbox.ok("images", "debian"), /^debian:bookworm +Debian 12 +oldstable/m);
  const entry = async (): Promise<Record<string, unknown>> =>
    (await sandbox.json("images", "debian")).find(({ name }: { name: string }) => name === NAME);
  equal((await entry()).cached, false);
  equal((await sandbox.json("image", "show", "debian:12")).cached, false);

  const [pulled] = await sandbox.json("image", "pull", "debian:12");
  deepEqual([pulled.name, pulled.already, pulled.verified], [NAME, false, "checksum"]);
  const again = await sandbox.cubic("image", "pull", "debian:bookworm");
  match(again.stderr, /is up to date/);
  equal(downloads(mirror), 1);
  equal((await entry()).cached, true);
  equal((await entry()).digest, `sha512-${await digestFile(file, "sha512")}`);

  equal((await sandbox.json("image", "show", "debian:12", "--verify")).intact, true);
  await sandbox.ok("create", "web", "--image", "debian:12");
  const kept = await sandbox.cubic("image", "remove", "debian:12", "--yes");
  equal(kept.code, 4);
  match(kept.stderr, /web stands on it.*\n.*cubic delete web/);
  deepEqual((await sandbox.json("image", "list"))[0].usedBy, ["web"]);
  await sandbox.ok("delete", "web", "--yes");
  match((await sandbox.cubic("image", "rm", "debian:12", "--yes")).stderr, /Removed .* are free/);
  deepEqual(await sandbox.json("image", "list"), []);
  equal((await sandbox.cubic("image", "remove", "debian:12", "--yes")).code, 3);
});

Deno.test("a stored image that was damaged is found out, and pulled again", async () => {
  await using scene = await makeScene();
  const { sandbox, mirror } = scene;
  const [{ path }] = await sandbox.json("image", "pull", "debian:12");
  await Deno.chmod(path, 0o600);
  {
    using disk = await Deno.open(path, { write: true });
    await disk.seek(4_000_000, Deno.SeekMode.Start);
    await disk.write(new Uint8Array([1, 2, 3]));
  }
  const broken = await sandbox.cubic("image", "show", "debian:12", "--verify");
  equal(broken.code, 1);
  match(broken.stderr, /is damaged[\s\S]*cubic image pull --again debian/);
  await sandbox.ok("image", "pull", "--again", "debian:12");
  equal(downloads(mirror), 2);
  equal((await sandbox.json("image", "show", "debian:12", "--verify")).intact, true);
});

Deno.test("processes that want the same image at once transfer it once", async () => {
  await using scene = await makeScene();
  const { sandbox, mirror } = scene;
  const lines = [
    ["image", "pull", "debian:12"],
    ["image", "pull", "debian:bookworm"],
    ["create", "web", "--image", "debian:12"],
    ["create", "db", "--image", "debian:bookworm"],
  ];
  const codes = await Promise.all(lines.map(async (line) => (await sandbox.cubic(...line)).code));
  deepEqual(codes, [0, 0, 0, 0]);
  equal(downloads(mirror), 1);
});

Deno.test("images come from files and from URLs with a digest, and leave as files", async () => {
  await using scene = await makeScene();
  const { sandbox, mirror, file } = scene;
  const sha256 = await digestFile(file, "sha256");
  const url = `${mirror.url}/bookworm/latest/debian-12-genericcloud-${arch}.qcow2`;

  const bare = await sandbox.cubic("create", "web", "--image", url);
  equal(bare.code, 2);
  match(bare.stderr, /--sha256/);
  const wrong = await sandbox.cubic("create", "web", "--image", url, "--sha256", "0".repeat(64));
  equal(wrong.code, 1);
  match(wrong.stderr, /what came is not what was announced/);
  await sandbox.ok("create", "web", "--image", url, "--sha256", sha256);
  equal(downloads(mirror), 2);
  await sandbox.ok("create", "twin", "--image", file);
  equal((await sandbox.json("image", "list")).length, 1, "the same bytes are stored once");

  // Converted unchanged it would be the very file that is stored already.
  await shell(`printf x | dd of=${file}.raw bs=1 seek=70000 conv=notrunc status=none`);
  await shell(`gzip -k ${file}.raw`);
  const imported = await sandbox.json("image", "import", `${file}.raw.gz`, "--name", "mine:1.0");
  deepEqual([imported.name, imported.verified], [`mine:1.0:${arch}`, "local"]);
  await sandbox.ok("create", "mine", "--image", "mine:1.0");
  const out = join(sandbox.home, "out.raw");
  await sandbox.ok("image", "export", "mine:1.0", out, "--format", "raw");
  equal(await digestFile(out, "sha256"), await digestFile(`${file}.raw`, "sha256"));
  equal((await sandbox.cubic("image", "export", "mine:1.0", out)).code, 2, "it is there already");

  const html = join(sandbox.home, "page.qcow2");
  await Deno.writeTextFile(html, "<html>404</html>");
  const refused = await sandbox.cubic("create", "bad", "--image", html);
  equal(refused.code, 1);
  ok(!(await sandbox.ok("instances")).includes("bad"));
  equal((await sandbox.cubic("create", "bad", "--image", "./nothing.qcow2")).code, 3);
});

Deno.test("a newer image takes over the name; the old one stays for its instances, then is unused", async () => {
  await using scene = await makeScene();
  const { sandbox, mirror, file } = scene;
  await sandbox.ok("create", "web", "--image", "debian:12");
  await mirror[Symbol.asyncDispose]();
  await makeDisk(file, "9M");
  await using newer = await serveDebianImage(file, arch);
  await sandbox.ok("config", "set", "mirror.debian", newer.url);
  await sandbox.ok("create", "old", "--image", "debian:12");
  equal(downloads(newer), 0, "what is stored needs no network");
  match((await sandbox.cubic("image", "refresh")).stderr, /Pulled debian:bookworm/);
  match((await sandbox.cubic("image", "rm", "--unused", "--yes")).stderr, /No image is unused/);
  await sandbox.ok("delete", "web", "old", "--yes");
  match((await sandbox.cubic("image", "rm", "--unused", "--yes")).stderr, /Removed/);
  equal((await sandbox.json("image", "list")).length, 1);
  match((await sandbox.cubic("image", "refresh")).stderr, /up to date/);
});
