/** Several connections for one file: they help where a server slows each one down, and hurt nowhere else. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { realHost } from "../../core/host.ts";
import { download, type Patience } from "../../core/images/download.ts";
import {
  type Asked,
  type Behaviour,
  honest,
  type Line,
  serveHostile,
} from "../support/hostile_server.ts";
import { recorded } from "../support/images.ts";
import { makeTempDir } from "../support/temp_dir.ts";

const BODY = randomBytes(4_000_000);
const OTHER = randomBytes(BODY.length);
const FILE = { body: BODY, etag: '"one"' };
const PIECE = 16_384;
const GROWTH = { connections: 4, sampleMs: 40, missing: 5e5, fast: 1e9, share: 2e5 };
const HASTY: Patience = { stallMs: 500, attempts: 3, backoffMs: 5, growth: GROWTH };

/** Sends a piece every few milliseconds on each connection; `ms` may look at what goes on. */
function throttled(ms: () => number, onSent: (bytes: number) => void = () => {}) {
  return async (line: Line, bytes: Uint8Array): Promise<void> => {
    for (let at = 0; at < bytes.length; at += PIECE) {
      await line.send(bytes.subarray(at, at + PIECE));
      onSent(Math.min(PIECE, bytes.length - at));
      await line.pause(ms());
    }
  };
}

interface Fetched {
  readonly ms: number;
  readonly asked: readonly Asked[];
  /** Most connections at once. */
  readonly most: number;
}

/** Downloads from a server and makes sure that what came is right. */
async function fetchFrom(behaviour: Behaviour, patience: Patience = HASTY): Promise<Fetched> {
  await using dir = await makeTempDir();
  let open = 0;
  let most = 0;
  await using server = serveHostile(async (asked, line) => {
    most = Math.max(most, ++open);
    await behaviour(asked, line).finally(() => open--);
  });
  const partial = join(dir.path, "part");
  const digest = createHash("sha256").update(BODY).digest("hex");
  const checksum = { algorithm: "sha256", digest } as const;
  const operation = recorded();
  const begin = performance.now();
  await download(
    realHost(),
    { url: server.url, checksum, label: "image", partial },
    operation,
    patience,
  );
  const ms = performance.now() - begin;
  assert.equal(Buffer.compare(await Deno.readFile(partial), BODY), 0);
  const bytes = operation.events.filter((event) => event.kind === "bytes");
  assert.equal(bytes.at(-1)?.done, BODY.length);
  assert(bytes.every(({ done }) => done <= BODY.length));
  return { ms, asked: server.asked, most };
}

const isPart = ({ range }: Asked): boolean => range !== undefined;

Deno.test("a server that slows down each connection is asked for several parts at once", async () => {
  const slow = honest(FILE, throttled(() => 5));
  const one = await fetchFrom(slow, { ...HASTY, growth: { ...GROWTH, connections: 1 } });
  const several = await fetchFrom(slow);
  assert.equal(one.most, 1);
  assert(several.most > 1 && several.most <= 4, `${several.most} connections`);
  assert(several.ms < one.ms * 0.8, `${several.ms} ms against ${one.ms} ms`);
  for (const { headers } of several.asked.filter(isPart)) {
    assert.equal(headers.get("if-range"), '"one"');
  }
});

Deno.test("what several connections fetch is sent once", async () => {
  let sent = 0;
  await fetchFrom(honest(FILE, throttled(() => 5, (bytes) => sent += bytes)));
  assert(sent < BODY.length * 1.05, `${sent} of ${BODY.length} bytes`);
});

Deno.test("a server that shares its rate among the connections is not asked for a third", async () => {
  let turn = 0;
  const shared = throttled(() => {
    const now = performance.now();
    // A timer that is late is made up for, else one connection alone would not get all of the rate.
    turn = Math.max(turn, now - 50) + 6;
    return Math.max(turn - now, 0);
  });
  const growth = { ...GROWTH, sampleMs: 200 };
  const { most } = await fetchFrom(honest(FILE, shared), { ...HASTY, growth });
  assert.equal(most, 2);
});

for (const status of [429, 503]) {
  Deno.test(`a server that answers ${status} to a second connection is left with one`, async () => {
    let open = 0;
    let refused = false;
    // That it goes faster afterwards is chance, and no reason to ask again.
    const one = honest(FILE, throttled(() => refused ? 3 : 9));
    const { asked } = await fetchFrom(async (request, line) => {
      if (++open > 1) {
        refused = true;
        await line.head(status, { "content-length": 0 });
      } else await one(request, line);
      open--;
    });
    assert.equal(asked.length, 2);
  });
}

Deno.test("a fast connection, a small rest, and a server without ranges stay alone", async () => {
  const slow = throttled(() => 3);
  const fast = await fetchFrom(honest(FILE, slow), { ...HASTY, growth: { ...GROWTH, fast: 1e5 } });
  assert.equal(fast.asked.length, 1);
  const small = await fetchFrom(honest(FILE, slow), {
    ...HASTY,
    growth: { ...GROWTH, missing: 5e6 },
  });
  assert.equal(small.asked.length, 1);
  const rangeless = await fetchFrom(async (_, line) => {
    await line.head(200, { etag: '"one"', "content-length": BODY.length });
    await slow(line, BODY);
  });
  assert.equal(rangeless.asked.length, 1);
});

/** Answers the first request honestly and slowly, and the further ones as told. */
const further = (behaviour: Behaviour): Behaviour => async (asked, line) => {
  if (asked.count === 1) await honest(FILE, throttled(() => 3))(asked, line);
  else await behaviour(asked, line);
};

Deno.test("a second connection that brings another file is not used", async () => {
  const changed = await fetchFrom(further(honest({ body: OTHER, etag: '"two"' })));
  assert.equal(changed.asked.length, 2);
  const liar = await fetchFrom(further(async ({ range }, line) => {
    const { start = 0, end = 0 } = range ?? {};
    await line.head(206, {
      etag: '"two"',
      "content-range": `bytes ${start}-${end - 1}/${BODY.length}`,
    });
    await line.send(OTHER.subarray(start, end));
  }));
  assert.equal(liar.asked.length, 2);
  const elsewhere = await fetchFrom(further(async (_, line) => {
    await line.head(206, { etag: '"one"', "content-range": `bytes 0-99999/${BODY.length}` });
    await line.send(OTHER.subarray(0, 100_000));
  }));
  assert.equal(elsewhere.asked.length, 2);
});

Deno.test("parts of another file under the same ETag are found by the digest, and all comes in one go", async () => {
  const { asked } = await fetchFrom(async (request, line) => {
    const file = isPart(request) ? { ...FILE, body: OTHER } : FILE;
    await honest(file, throttled(() => 2))(request, line);
  });
  assert.equal(asked.at(-1)?.range, undefined);
});

Deno.test("a second connection that goes silent or breaks off costs its part and no more", async () => {
  let sent = 0;
  const send = throttled(() => 2, (bytes) => sent += bytes);
  await fetchFrom(further(honest(FILE, async (line, bytes) => {
    await send(line, bytes.subarray(0, 300_000));
    await line.silence();
  })));
  assert(sent < BODY.length * 1.05, `${sent} of ${BODY.length} bytes`);
});

Deno.test("the first connection may break off while the others go on", async () => {
  let sent = 0;
  const send = throttled(() => 5, (bytes) => sent += bytes);
  const { asked } = await fetchFrom(async (request, line) => {
    await honest(
      FILE,
      (line, bytes) => send(line, request.count === 1 ? bytes.subarray(0, 1_000_000) : bytes),
    )(request, line);
  });
  assert(asked.length > 2);
  assert(sent < BODY.length * 1.05, `${sent} of ${BODY.length} bytes`);
});

Deno.test("Ctrl-C while several connections are open leaves what they brought for the next try", async () => {
  await using dir = await makeTempDir();
  let sent = 0;
  const slow = honest(FILE, throttled(() => 5, (bytes) => sent += bytes));
  await using server = serveHostile(slow);
  const partial = join(dir.path, "part");
  const checksum = {
    algorithm: "sha256",
    digest: createHash("sha256").update(BODY).digest("hex"),
  } as const;
  const request = { url: server.url, checksum, label: "image", partial };
  const stop = new AbortController();
  const operation = {
    signal: stop.signal,
    report: () => void (sent > BODY.length / 2 && stop.abort()),
  };
  await assert.rejects(download(realHost(), request, operation, HASTY), { code: "interrupted" });
  await Deno.lstat(`${partial}.map`);
  while (server.open > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await download(realHost(), request, recorded(), HASTY);
  assert.equal(Buffer.compare(await Deno.readFile(partial), BODY), 0);
  assert(sent < BODY.length * 1.05, `${sent} of ${BODY.length} bytes`);
});
