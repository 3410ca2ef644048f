/** Downloads onto a disk that is too small, or that others fill meanwhile: a real one, a tmpfs of a few megabytes. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { honest, serveHostile } from "../support/hostile_server.ts";
import { makeTempDir } from "../support/temp_dir.ts";

const BODY = randomBytes(3_000_000);
const FILE = { body: BODY, etag: '"one"' };

/** Downloads once while `fill` says what somebody else does, and once more when that is gone. */
const CHILD = `
  import { download } from "/core/images/download.ts";
  import { realHost } from "/core/host.ts";
  const [url, digest, dir, fill] = Deno.args;
  const filler = dir + "/filler";
  const grow = () => {
    using file = Deno.openSync(filler, { create: true, append: true });
    try {
      while (true) file.writeSync(new Uint8Array(4096));
    } catch {
      // Full.
    }
  };
  const attempt = async (report) => {
    const operation = { signal: new AbortController().signal, report };
    const request = { url, checksum: { algorithm: "sha256", digest }, label: "image", partial: dir + "/part" };
    const patience = { stallMs: 3000, attempts: 2, backoffMs: 5 };
    return await download(realHost(), request, operation, patience).then(() => "done", (error) => error.code);
  };
  if (fill === "before") grow();
  const first = await attempt(() => fill === "meanwhile" && grow());
  const kept = Array.from(Deno.readDirSync(dir)).some(({ name }) => name === "part") ? Deno.statSync(dir + "/part").size : 0;
  try { Deno.removeSync(filler); } catch { /* Nobody filled it. */ }
  const second = await attempt(() => {});
  console.log(JSON.stringify({ first, kept, second }));`;

interface Outcome {
  readonly first: string;
  readonly kept: number;
  readonly second: string;
}

async function onSmallDisk(url: string, fill: "before" | "meanwhile" | "never"): Promise<Outcome> {
  await using dir = await makeTempDir();
  const mount = join(dir.path, "mount");
  await Deno.mkdir(mount);
  const base = new URL("../../", import.meta.url);
  const script = join(dir.path, "child.ts");
  await Deno.writeTextFile(script, CHILD.replaceAll('from "/', `from "${base.href}`));
  const digest = createHash("sha256").update(BODY).digest("hex");
  const namespaces = Deno.uid() === 0 ? ["--mount"] : ["--user", "--map-root-user", "--mount"];
  const command = 'mount -t tmpfs -o size=4m small "$1" && shift && exec "$@"';
  const config = new URL("deno.json", base).pathname;
  const deno = [Deno.execPath(), "run", "-A", "--no-check", "--quiet", "--config", config];
  const args = ["sh", "-c", command, "sh", mount, ...deno, script, url, digest, mount, fill];
  const { stdout, stderr } = await new Deno.Command("unshare", { args: [...namespaces, ...args] })
    .output();
  assert.equal(new TextDecoder().decode(stderr), "");
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("a disk without room is said before anything is fetched", async () => {
  let sent = 0;
  await using server = serveHostile(honest(FILE, async (line, bytes) => {
    await line.pause(50);
    await line.send(bytes);
    sent += bytes.length;
  }));
  const { first, kept, second } = await onSmallDisk(server.url, "before");
  assert.deepEqual({ first, kept, second }, { first: "disk-full", kept: 0, second: "done" });
  assert.equal(sent, BODY.length);
});

Deno.test("a disk that others fill meanwhile ends the download and keeps what has come", async () => {
  await using server = serveHostile(honest(FILE, async (line, bytes) => {
    for (let at = 0; at < bytes.length; at += 100_000) {
      await line.send(bytes.subarray(at, at + 100_000));
      await line.pause(2);
    }
  }));
  const { first, kept, second } = await onSmallDisk(server.url, "meanwhile");
  assert.deepEqual({ first, second }, { first: "disk-full", second: "done" });
  assert(kept > 0);
  assert.equal(server.asked.at(-1)?.range?.start, kept);
});

Deno.test("a body without a length does not fill the disk", async () => {
  await using server = serveHostile(async (_, line) => {
    await line.head(200, { etag: '"one"' });
    while (true) await line.send(BODY);
  });
  const { first, kept, second } = await onSmallDisk(server.url, "never");
  assert.deepEqual({ first, kept, second }, { first: "disk-full", kept: 0, second: "disk-full" });
});
