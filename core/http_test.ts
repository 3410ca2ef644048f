import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { join } from "node:path";
import { trustingClient, trustingFetch } from "./http.ts";
import { makeAuthority, type TestAuthority } from "../tests/support/tls.ts";

/** A server with the authority's certificate, its URL, and its end. */
function serve(
  { server }: Pick<TestAuthority, "server">,
): AsyncDisposable & { readonly url: string } {
  const http = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, ...server },
    () => new Response("hello"),
  );
  return {
    url: `https://localhost:${http.addr.port}/file`,
    [Symbol.asyncDispose]: () => http.shutdown(),
  };
}

Deno.test("trustingFetch refuses a server of an unknown authority and tells how to trust it", async () => {
  await using authority = await makeAuthority();
  await using server = serve(authority);
  const error = await trustingFetch(undefined)(server.url).catch((error) => error);
  equal(error.code, "network");
  match(error.message, /^Cannot trust localhost:\d+: /);
  match(error.hint, /`cubic config set ca-file FILE`/);
  await using other = await makeAuthority();
  await rejects(trustingFetch(other.caFile)(server.url), {
    code: "network",
    hint: /not in .*ca\.pem/,
  });
});

Deno.test("trustingFetch reaches it with the authority's file, and trusts what it was given beside others", async () => {
  await using authority = await makeAuthority();
  await using other = await makeAuthority();
  await using server = serve(authority);
  const both = join(authority.dir, "both.pem");
  const texts = [other.caFile, authority.caFile].map((file) => Deno.readTextFileSync(file));
  await Deno.writeTextFile(both, `Some words before.\n${texts.join("\nand between\n")}`);
  for (const file of [authority.caFile, both]) {
    const client = trustingFetch(file);
    const answers = [
      client(server.url),
      client(new URL(server.url)),
      client(new Request(server.url)),
    ];
    for (const answer of answers) equal(await (await answer).text(), "hello");
  }
});

Deno.test("trustingFetch reads the file at the first request, once", async () => {
  await using authority = await makeAuthority();
  await using server = serve(authority);
  const fetch = trustingFetch(authority.caFile);
  equal(await (await fetch(server.url)).text(), "hello");
  await Deno.remove(authority.caFile);
  equal(await (await fetch(server.url)).text(), "hello");
  const late = trustingFetch(authority.caFile);
  await rejects(late(server.url), { code: "file-not-found", message: /ca-file.*ca\.pem/ });
});

Deno.test("trustingFetch passes other failures and the request's own options on", async () => {
  await using authority = await makeAuthority();
  await using server = serve(authority);
  const fetch = trustingFetch(authority.caFile);
  await rejects(fetch(server.url, { signal: AbortSignal.abort() }), { name: "AbortError" });
  await rejects(fetch("http://127.0.0.1:1/"), TypeError);
});

Deno.test("trustingClient names the setting and the file when that is of no use", async () => {
  await using authority = await makeAuthority();
  const file = join(authority.dir, "odd.pem");
  const cases: readonly (readonly [text: string, code: string, message: RegExp])[] = [
    ["", "invalid-value", /no certificate/],
    [authority.server.key, "invalid-value", /no certificate/],
    ["\x00\xff".repeat(9), "invalid-value", /no certificate/],
    ["-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n", "invalid-value", /damaged/],
  ];
  for (const [text, code, message] of cases) {
    await Deno.writeTextFile(file, text);
    const error = await trustingClient(file).catch((error) => error);
    deepEqual([error.code, message.test(error.message)], [code, true], error.message);
    match(error.message, /ca-file/);
    match(error.message, /odd\.pem/);
    match(error.hint, /`cubic config list`/);
  }
  await rejects(trustingClient(authority.dir), { code: "failed", message: /ca-file/ });
  await rejects(trustingClient(join(authority.dir, "none.pem")), { code: "file-not-found" });
});
