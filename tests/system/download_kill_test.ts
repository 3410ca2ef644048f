/**
 * Kills a download at random moments, with one connection and with several. Each next one goes on where the killed one
 * was, so that all kills together cost little. CUBIC_TEST_KILLS sets how many (20).
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { statIfThere } from "../../core/atomic.ts";
import { realHost } from "../../core/host.ts";
import { download } from "../../core/images/download.ts";
import { partialBytes } from "../../core/images/partial.ts";
import { startScript } from "../support/child.ts";
import { honest, type Line, serveHostile } from "../support/hostile_server.ts";
import { recorded } from "../support/images.ts";
import { makeTempDir } from "../support/temp_dir.ts";

const KILLS = Number(Deno.env.get("CUBIC_TEST_KILLS") ?? 20);
const PIECE = 16 * 1024;
/** Bytes that are let through between two kills, about. */
const LIFE = 4_000_000;
const BODY = randomBytes(Math.max(KILLS, 20) * LIFE * 1.5);
/**
 * What may be under way, sent and not on the disk: a busy machine would put megabytes into sockets, which a kill then
 * loses through no fault of the engine's.
 */
const WINDOW = 128 * 1024;
/** Of all that comes, what may come twice. */
const AGAIN = 0.05;

const CHILD = `
  import { download } from "/core/images/download.ts";
  import { realHost } from "/core/host.ts";
  const [url, digest, partial, connections] = Deno.args;
  const operation = { signal: new AbortController().signal, report: () => {} };
  const growth = { connections: Number(connections), sampleMs: 10, missing: 1e6, fast: 1e9, share: 2e5 };
  const request = { url, checksum: { algorithm: "sha256", digest }, label: "image", partial };
  await download(realHost(), request, operation, { stallMs: 5000, attempts: 3, backoffMs: 10, growth });`;

for (const connections of [1, 4]) {
  Deno.test(`${KILLS} kills of a download over ${connections} connections cost under 5 % of it`, async () => {
    await using dir = await makeTempDir();
    const partial = join(dir.path, "part");
    let sent = 0;
    let most = 0;
    let open = 0;
    /** Counts the children; what was sent and on the disk when the present one began. */
    let life = { number: 0, sent: 0, there: 0 };
    const underWay = async (): Promise<number> =>
      sent - life.sent - (await partialBytes(partial) - life.there);
    const slowly = async (line: Line, bytes: Uint8Array): Promise<void> => {
      most = Math.max(most, ++open);
      const { number } = life;
      try {
        for (let at = 0; at < bytes.length; at += PIECE) {
          while (number === life.number && await underWay() > WINDOW) await line.pause(1);
          if (number !== life.number) return;
          await line.send(bytes.subarray(at, at + PIECE));
          sent += Math.min(PIECE, bytes.length - at);
          await line.pause(2);
        }
      } finally {
        open--;
      }
    };
    await using server = serveHostile(honest({ body: BODY, etag: '"one"' }, slowly));
    const digest = createHash("sha256").update(BODY).digest("hex");
    for (let kill = 0; kill < KILLS; kill++) {
      life = { number: kill + 1, sent, there: await partialBytes(partial) };
      await using child = startScript(CHILD, [server.url, digest, partial, String(connections)]);
      const enough = sent + LIFE * (0.5 + Math.random());
      let ended = false;
      child.process.status.then(() => ended = true);
      while (sent < enough && !ended) await pause(1);
      await child.end();
      assert(await partialBytes(partial) < BODY.length, "killed after it was done");
    }
    life = { ...life, number: 0 };
    while (open > 0) await pause(5);
    const there = await partialBytes(partial);
    assert(there >= KILLS * LIFE / 2, `${there} bytes survived ${KILLS} kills`);
    if (connections > 1) {
      assert(most > 1, "never more than one connection");
      assert(await statIfThere(`${partial}.map`), "nothing was written ahead");
    }
    server.become(honest({ body: BODY, etag: '"one"' }, async (line, bytes) => {
      await line.send(bytes);
      sent += bytes.length;
    }));
    const checksum = { algorithm: "sha256", digest } as const;
    await download(realHost(), { url: server.url, checksum, label: "image", partial }, recorded());
    assert.equal(Buffer.compare(await Deno.readFile(partial), BODY), 0);
    const again = (sent - BODY.length) / BODY.length;
    assert(again < AGAIN, `${(100 * again).toFixed(1)} % came twice`);
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
