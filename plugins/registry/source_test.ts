import { deepEqual, equal, rejects } from "node:assert/strict";
import { join } from "node:path";
import { pluginTemplate } from "../scaffold/templates.ts";
import { recorded, testApp } from "../../tests/support/images.ts";
import { readSource } from "./source.ts";

const TEXT = pluginTemplate("mylinux", "toml");

/** A server whose answers are by path; requests for others are kept. */
function serve(): AsyncDisposable & { readonly url: string } {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const { pathname, origin } = new URL(request.url);
      const to = (location: string): Response =>
        new Response(null, { status: 302, headers: { location } });
      switch (pathname) {
        case "/a.toml":
          return new Response(TEXT);
        case "/moved.toml":
          return to("/a.toml");
        case "/circle.toml":
          return to(`${origin}/circle.toml`);
        case "/plain.toml":
          return to("http://192.0.2.1/a.toml");
        case "/file.toml":
          return to("file:///etc/passwd");
        case "/large.toml":
          return new Response("#".repeat(300_000));
      }
      return new Response("none", { status: 404 });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("a plugin is read from a path and from a URL, by its own bytes", async () => {
  await using app = await testApp();
  await using server = serve();
  const path = join(app.dir, "a.toml");
  await Deno.writeTextFile(path, TEXT);
  const read = (source: string) => readSource(app, { source, allowLoopback: true }, recorded());
  const [local, remote, moved] = [
    await read(path),
    await read(`${server.url}/a.toml`),
    await read(`${server.url}/moved.toml`),
  ];
  deepEqual([local.file, local.source], [{ name: "a.toml", kind: "toml", text: TEXT }, path]);
  deepEqual([remote.file, remote.digest], [local.file, local.digest]);
  // What is asked for is what is read again by an update.
  deepEqual([moved.source, moved.digest], [`${server.url}/moved.toml`, local.digest]);
});

Deno.test("a server that leads elsewhere, or has no small file, is refused", async () => {
  await using app = await testApp();
  await using server = serve();
  const cases: [path: string, says: RegExp][] = [
    ["/circle.toml", /it is redirected too often/],
    ["/plain.toml", /it is redirected to http:\/\//],
    ["/file.toml", /it is redirected to file:\/\//],
    ["/large.toml", /it is larger than 256 K/],
    ["/missing.toml", /the server answered 404/],
  ];
  for (const [path, says] of cases) {
    const request = { source: server.url + path, allowLoopback: true };
    await rejects(readSource(app, request, recorded()), says);
  }
});

Deno.test("an interrupted fetch of a plugin says so", async () => {
  await using app = await testApp();
  await using server = serve();
  const aborted = new AbortController();
  aborted.abort();
  const request = { source: `${server.url}/a.toml`, allowLoopback: true };
  await rejects(readSource(app, request, recorded(aborted.signal)), (error) => {
    equal((error as { code?: string }).code, "interrupted");
    return true;
  });
});
