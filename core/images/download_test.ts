import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { type ErrorCode, isCubicError } from "../errors.ts";
import { statIfThere } from "../atomic.ts";
import { type Download, download, type Patience } from "./download.ts";
import type { Progress } from "../progress.ts";
import { recorded, testApp } from "../../tests/support/images.ts";

const HASTY: Patience = { stallMs: 150, attempts: 3, backoffMs: 5 };
const BODY = crypto.getRandomValues(new Uint8Array(60_000));
const DIGEST = createHash("sha256").update(BODY).digest("hex");

type Answer = (request: Request, count: number) => Response;

interface Server extends AsyncDisposable {
  readonly url: string;
  /** The Range headers of the requests so far; null for none. */
  readonly ranges: (string | null)[];
}

function serve(answer: Answer): Server {
  const ranges: (string | null)[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    ranges.push(request.headers.get("range"));
    return answer(request, ranges.length);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/image.qcow2`,
    ranges,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Answers as a real server does: all of it, or from the offset asked for when the ETag still fits. */
function whole(request: Request, body = BODY, etag = '"one"'): Response {
  const offset = /^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1];
  if (offset === undefined || request.headers.get("if-range") !== etag) {
    return new Response(body, { headers: { etag } });
  }
  const start = Number(offset);
  return new Response(body.subarray(start), {
    status: 206,
    headers: { etag, "content-range": `bytes ${start}-${body.length - 1}/${body.length}` },
  });
}

/** Sends `length` bytes and then cuts the connection, or goes silent. */
function broken(length: number, end: "cut" | "silent"): Response {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async start(controller) {
      controller.enqueue(BODY.slice(0, length));
      await new Promise((resolve) => setTimeout(resolve, 40));
      if (end === "cut") controller.error(new Error("cut"));
      else timer = setTimeout(() => controller.close(), 2000);
    },
    cancel: () => clearTimeout(timer),
  });
  return new Response(stream, {
    headers: { etag: '"one"', "content-length": String(BODY.length) },
  });
}

async function fetchTo(
  app: Awaited<ReturnType<typeof testApp>>,
  url: string,
  more: Partial<Download> = {},
): Promise<Uint8Array> {
  const partial = join(app.dir, "part");
  const checksum = { algorithm: "sha256", digest: DIGEST } as const;
  await download(app.host, { url, checksum, label: "debian", partial, ...more }, recorded(), HASTY);
  return await Deno.readFile(partial);
}

async function failsWith(promise: Promise<unknown>, code: ErrorCode, text: RegExp): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert(isCubicError(error, code), String(error));
    assert.match(error.message, text);
    return true;
  });
}

Deno.test("a whole answer is hashed and kept", async () => {
  await using app = await testApp();
  await using server = serve((request) => whole(request));
  const operation = recorded();
  const partial = join(app.dir, "part");
  const checksum = { algorithm: "sha256", digest: DIGEST } as const;
  await download(app.host, { url: server.url, checksum, label: "d", partial }, operation, HASTY);
  assert.deepEqual(await Deno.readFile(partial), BODY);
  const total = BODY.length;
  assert.deepEqual(operation.events.at(-1), { kind: "bytes", label: "d", done: total, total });
  assert.equal(await statIfThere(`${partial}.validator`), undefined);
});

Deno.test("a cut connection is resumed where it broke", async () => {
  await using app = await testApp();
  await using server = serve((request, count) =>
    count === 1 ? broken(20_000, "cut") : whole(request)
  );
  assert.deepEqual(await fetchTo(app, server.url), BODY);
  assert.equal(server.ranges.length, 2);
  assert.match(server.ranges[1] ?? "", /^bytes=[1-9]/);
});

Deno.test("a silent connection is given up and resumed", async () => {
  await using app = await testApp();
  await using server = serve((request, count) =>
    count === 1 ? broken(20_000, "silent") : whole(request)
  );
  assert.deepEqual(await fetchTo(app, server.url), BODY);
  assert.equal(server.ranges[1], "bytes=20000-");
});

Deno.test("a command that gave up leaves its part, and the next one goes on from there", async () => {
  await using app = await testApp();
  await using server = serve((request, count) =>
    count === 1
      ? broken(20_000, "silent")
      : count <= 4
      ? new Response("", { status: 503 })
      : whole(request)
  );
  await failsWith(fetchTo(app, server.url), "network", /the server answered 503/);
  assert.deepEqual(await fetchTo(app, server.url), BODY);
  assert.equal(server.ranges.at(-1), "bytes=20000-");
});

Deno.test("a file that changed meanwhile comes anew, not joined to the old half", async () => {
  await using app = await testApp();
  const other = crypto.getRandomValues(new Uint8Array(50_000));
  const digest = createHash("sha256").update(other).digest("hex");
  await using server = serve((request, count) =>
    count === 1 ? broken(20_000, "cut") : whole(request, other, '"two"')
  );
  const checksum = { algorithm: "sha256", digest } as const;
  assert.deepEqual(await fetchTo(app, server.url, { checksum }), other);
});

Deno.test("a part that does not fit is thrown away once, without blaming the server", async () => {
  await using app = await testApp();
  await Deno.writeFile(join(app.dir, "part"), new Uint8Array(1000));
  await Deno.writeTextFile(join(app.dir, "part.validator"), '"one"');
  await using server = serve((request) => whole(request));
  assert.deepEqual(await fetchTo(app, server.url), BODY);
  assert.deepEqual(server.ranges, ["bytes=1000-", null]);
});

Deno.test("a part that is already all of it needs no body", async () => {
  await using app = await testApp();
  await Deno.writeFile(join(app.dir, "part"), BODY);
  await Deno.writeTextFile(join(app.dir, "part.validator"), '"one"');
  const headers = { "content-range": `bytes */${BODY.length}` };
  await using server = serve(() => new Response(null, { status: 416, headers }));
  assert.deepEqual(await fetchTo(app, server.url), BODY);
});

Deno.test("a wrong digest is refused and deleted", async () => {
  await using app = await testApp();
  await using server = serve((request) => whole(request, new Uint8Array(60_000)));
  await failsWith(fetchTo(app, server.url), "image-corrupt", /not what was announced/);
  assert.equal(await statIfThere(join(app.dir, "part")), undefined);
  assert.equal(server.ranges.length, 1);
});

Deno.test("404 says so at once; 500 is tried again", async () => {
  await using app = await testApp();
  await using missing = serve(() => new Response("<html>", { status: 404 }));
  await failsWith(fetchTo(app, missing.url), "image-not-found", /the server answered 404/);
  assert.equal(missing.ranges.length, 1);
  await using flaky = serve((request, count) =>
    count < 3 ? new Response("", { status: 500 }) : whole(request)
  );
  assert.deepEqual(await fetchTo(app, flaky.url), BODY);
});

Deno.test("nobody there is a network error", async () => {
  await using app = await testApp();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${listener.addr.port}/x`;
  listener.close();
  await failsWith(fetchTo(app, url), "network", /Cannot download debian/);
});

Deno.test("a redirect that is not allowed ends it", async () => {
  await using app = await testApp();
  await using server = serve((request) => whole(request));
  const allow = (): never => {
    throw new Error("not there");
  };
  await failsWith(fetchTo(app, server.url, { allow }), "network", /not there/);
});

Deno.test("an interrupted download says interrupted and keeps its part", async () => {
  await using app = await testApp();
  await using server = serve(() => broken(20_000, "silent"));
  const stop = new AbortController();
  // When all has come that the server will ever send: a busy machine takes its time for that.
  const report = (event: Progress): void => {
    if (event.kind === "bytes" && event.done === 20_000) stop.abort();
  };
  const operation = { signal: stop.signal, report };
  const checksum = { algorithm: "sha256", digest: DIGEST } as const;
  const partial = join(app.dir, "part");
  const patient = { ...HASTY, stallMs: 5000 };
  const running = download(
    app.host,
    { url: server.url, checksum, label: "d", partial },
    operation,
    patient,
  );
  await assert.rejects(running, (error) => isCubicError(error, "interrupted"));
  assert.equal((await Deno.stat(partial)).size, 20_000);
});

Deno.test("the wait that a server asks for is kept to, within reason", async () => {
  await using app = await testApp();
  const later = new Date(1000 + 7000).toUTCString();
  for (
    const [asked, waited] of [["3", 3000], ["7200", 30_000], [later, 7000], ["soon", 5]] as const
  ) {
    await using server = serve((request, count) =>
      count === 1
        ? new Response("", { status: 503, headers: { "retry-after": asked } })
        : whole(request)
    );
    const waits: number[] = [];
    const sleep = (ms: number): Promise<void> => Promise.resolve(void waits.push(ms));
    const host = { ...app.host, sleep, now: () => 1000 };
    assert.deepEqual(await fetchTo({ ...app, host }, server.url), BODY);
    await Deno.remove(join(app.dir, "part"));
    assert.equal(waits.length, 1);
    assert((waits[0] ?? 0) <= waited && (waits[0] ?? 0) >= waited / 2, `${asked}: ${waits}`);
  }
});

Deno.test("each further attempt waits longer, and no two clients wait alike", async () => {
  await using app = await testApp();
  await using server = serve(() => new Response("", { status: 500 }));
  const waits: number[] = [];
  const sleep = (ms: number): Promise<void> => Promise.resolve(void waits.push(ms));
  const url = server.url;
  await failsWith(
    download(
      { ...app.host, sleep },
      {
        url,
        checksum: { algorithm: "sha256", digest: DIGEST },
        label: "debian",
        partial: join(app.dir, "part"),
      },
      recorded(),
      { ...HASTY, attempts: 5, backoffMs: 1000 },
    ),
    "network",
    /500/,
  );
  assert.equal(waits.length, 4);
  waits.forEach((ms, index) =>
    assert(ms >= 500 * 2 ** index && ms <= 1000 * 2 ** index, `${waits}`)
  );
  assert.equal(new Set(waits.map((ms, index) => ms / 2 ** index)).size, 4);
});

Deno.test("a redirect from https to http ends it, unless it is allowed", async () => {
  await using app = await testApp();
  const redirected = (): Promise<Response> => {
    const response = new Response(BODY);
    Object.defineProperty(response, "url", { value: "http://elsewhere.invalid/x" });
    return Promise.resolve(response);
  };
  const there = { ...app, host: { ...app.host, fetch: redirected as typeof fetch } };
  const url = "https://images.invalid/x";
  await failsWith(fetchTo(there, url), "network", /which is not https/);
  assert.deepEqual(await fetchTo(there, url, { allow: () => {} }), BODY);
});

Deno.test("a body that is no stream of the network comes as well", async () => {
  await using app = await testApp();
  const parts = (): Promise<Response> =>
    Promise.resolve(new Response(ReadableStream.from([BODY.slice(0, 7), BODY.slice(7)])));
  const there = { ...app, host: { ...app.host, fetch: parts as typeof fetch } };
  assert.deepEqual(await fetchTo(there, "https://images.invalid/x"), BODY);
});
