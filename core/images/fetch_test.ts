import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import type { App, KnownDistro } from "../app.ts";
import { type ErrorCode, isCubicError } from "../errors.ts";
import { fetchBytes, fetchText, guardedFetch } from "./fetch.ts";
import { builtInForTests, testApp } from "../../tests/support/images.ts";

const { signal } = new AbortController();

interface Scene extends AsyncDisposable {
  readonly app: App;
  readonly distro: KnownDistro;
  readonly base: string;
  /** The paths that were asked for. */
  readonly asked: string[];
}

/** A vendor on loopback; `added` makes the distro one of the user's own that may reach it. */
async function makeScene(
  answer: (path: string) => Response,
  added = false,
): Promise<Scene> {
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    return answer(pathname);
  });
  const base = `http://127.0.0.1:${server.addr.port}`;
  const app = await testApp();
  const distro: KnownDistro = {
    ...builtInForTests[0]!,
    baseUrl: base,
    hosts: ["10.0.0.1"],
    ...(added && { added: { source: "x", digest: "", allowLoopback: true } }),
  };
  return {
    ...{ app, distro, base, asked },
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await app[Symbol.asyncDispose]();
    },
  };
}

async function failsWith(
  promise: Promise<unknown>,
  code: ErrorCode,
  message: RegExp,
): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert(isCubicError(error, code), String(error));
    assert.match(error.message, message);
    return true;
  });
}

const to = (location: string): Response =>
  new Response(null, { status: 302, headers: { location } });

Deno.test("a text comes as it is, and a redirect on the same host is followed", async () => {
  await using scene = await makeScene((path) =>
    path === "/list" ? new Response("héllo\n") : to("/list")
  );
  const { app, distro, base } = scene;
  assert.equal(await fetchText(app, distro, `${base}/moved`, signal), "héllo\n");
  assert.deepEqual(scene.asked, ["/moved", "/list"]);
});

Deno.test("a list that unpacks to more than any list is refused, whatever it weighs", async () => {
  const bomb = Uint8Array.from(gzipSync(new Uint8Array(64 * 1024 * 1024)));
  await using scene = await makeScene(() =>
    new Response(bomb, { headers: { "content-encoding": "gzip" } })
  );
  const { app, distro, base } = scene;
  await failsWith(fetchText(app, distro, `${base}/list`, signal), "network", /too large/);
});

Deno.test("a body without end is cut off", async () => {
  await using scene = await makeScene(() => {
    const block = new Uint8Array(65_536);
    return new Response(new ReadableStream({ pull: (to) => to.enqueue(block) }));
  });
  const { app, distro, base } = scene;
  const limits = { bytes: 1_000_000, timeoutMs: 10_000 };
  await failsWith(
    fetchBytes(app, distro, `${base}/list`, signal, limits),
    "network",
    /too large/,
  );
});

Deno.test("a server that says nothing is given up on", async () => {
  await using scene = await makeScene(() => new Response(new ReadableStream({ start: () => {} })));
  const { app, distro, base } = scene;
  const limits = { bytes: 100, timeoutMs: 100 };
  await failsWith(
    fetchBytes(app, distro, `${base}/list`, signal, limits),
    "network",
    /no answer in 0\.1 s/,
  );
});

Deno.test("redirects without end are an end", async () => {
  await using scene = await makeScene((path) => to(`${path}x`));
  const { app, distro, base } = scene;
  await failsWith(fetchText(app, distro, `${base}/`, signal), "network", /redirected without end/);
  assert(scene.asked.length < 30);
});

Deno.test("a status is told, and a file that is not there is not the network's fault", async () => {
  await using scene = await makeScene((path) =>
    new Response("", { status: Number(path.slice(1)) })
  );
  const { app, distro, base } = scene;
  const get = (status: number): Promise<string> =>
    fetchText(app, distro, `${base}/${status}`, signal);
  await failsWith(get(404), "image-not-found", /answered 404/);
  await failsWith(get(410), "image-not-found", /answered 410/);
  await failsWith(get(403), "network", /answered 403/);
  await failsWith(get(500), "network", /answered 500/);
});

Deno.test("an added distro is not led anywhere else, and nothing is sent there", async () => {
  let reached = 0;
  await using other = await makeScene(() => {
    reached++;
    return new Response("secret");
  });
  const places = [
    `${other.base}/inside`,
    "http://10.0.0.1/",
    "https://10.0.0.1/",
    "http://169.254.169.254/latest/meta-data",
    "file:///etc/passwd",
    "https://user:secret@10.0.0.1/",
  ];
  await using scene = await makeScene((path) => to(places[Number(path.slice(1))]!), true);
  const { app, distro, base } = scene;
  for (const [index, place] of places.entries()) {
    const url = `${base}/${index}`;
    await failsWith(fetchText(app, distro, url, signal), "network", /^Cannot fetch/);
    await assert.rejects(
      Promise.resolve(guardedFetch(app, distro)(url)),
      (error) => isCubicError(error, "network"),
      place,
    );
  }
  assert.equal(reached, 0);
});

Deno.test("a refused connection is told in a few words, with the ways around it", async () => {
  await using app = await testApp();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const place = `127.0.0.1:${listener.addr.port}`;
  listener.close();
  const distro = { ...builtInForTests[0]!, baseUrl: `http://${place}` };
  await assert.rejects(fetchText(app, distro, `http://${place}/list`, signal), (error) => {
    assert(isCubicError(error, "network"));
    assert.equal(error.message, `Cannot reach ${place}: connection refused`);
    assert.match(error.hint ?? "", /config set mirror\.debian/);
    return true;
  });
});
