import { deepEqual, equal, match } from "node:assert/strict";
import type { App } from "../app.ts";
import { lookOptions, troubles } from "../../tests/support/doctor.ts";
import { makeTempApp } from "../../tests/support/temp_app.ts";
import { mirrorsCheck } from "./mirrors.ts";
import { aheadBy, askServers } from "./servers.ts";

const SIGNAL = new AbortController().signal;

/** A server that gives every request the same answer. */
function serve(status: number, headers: Record<string, string> = {}): {
  url: string;
} & AsyncDisposable {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(null, { status, headers }),
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function withMirror(app: App, url: string): App {
  return { ...app, config: { ...app.config, mirror: { debian: url } } };
}

Deno.test("the check of mirrors is content with a server that only lets nobody list", async () => {
  await using temp = await makeTempApp();
  await using server = serve(403);
  const answers = await askServers(withMirror(temp.app, server.url), SIGNAL);
  equal(answers[0]?.status, 403);
  deepEqual(await troubles(temp.app, mirrorsCheck, answers), []);
});

Deno.test("the check of mirrors warns of one that is gone, and names the command that unsets it", async () => {
  await using temp = await makeTempApp();
  await using server = serve(404);
  const answers = await askServers(withMirror(temp.app, server.url), SIGNAL);
  const [found] = await troubles(temp.app, mirrorsCheck, answers);
  equal(found?.level, "warning");
  match(found?.text ?? "", /mirror http:\/\/127.* of debian answers with 404/);
  match(found?.remedy ?? "", /`cubic config unset mirror\.debian`/);
});

Deno.test("the check of mirrors warns of one that nobody listens at", async () => {
  await using temp = await makeTempApp();
  const { url } = await (async () => {
    await using server = serve(200);
    return server;
  })();
  const answers = await askServers(withMirror(temp.app, url), SIGNAL);
  const [found] = await troubles(temp.app, mirrorsCheck, answers);
  match(found?.text ?? "", /can't be reached/);
});

Deno.test("the clock of a server is read from its answer, less the time that was in a cache", async () => {
  await using temp = await makeTempApp();
  const date = new Date(temp.app.host.now() + 3_600_000).toUTCString();
  await using server = serve(200, { date });
  const [answer] = await askServers(withMirror(temp.app, server.url), SIGNAL);
  equal(Math.round((answer?.ahead ?? 0) / 60_000), 60);
  const now = Date.parse("2026-01-02T00:00:00Z");
  const cached = new Headers({ date: "Thu, 01 Jan 2026 23:00:00 GMT", age: "3600" });
  equal(aheadBy(cached, now), 0);
  equal(aheadBy(new Headers({ date: "soon" }), now), undefined);
  equal(aheadBy(new Headers(), now), undefined);
});

Deno.test("the check of mirrors asks nobody when it is told to stay offline", async () => {
  await using temp = await makeTempApp();
  const servers = (): never => {
    throw new Error("asked");
  };
  const options = { ...lookOptions(temp.app), online: false, servers };
  equal((await mirrorsCheck.look(temp.app, options))[0]?.level, "ok");
});
