import { equal, match } from "node:assert/strict";
import { instanceState, serverFault } from "./quickstart_facts.ts";

Deno.test("instanceState finds the instance, or says nothing", () => {
  const json = JSON.stringify([{ name: "quick", state: "stopped" }, {
    name: "q",
    state: "running",
  }]);
  equal(instanceState(json, "q"), "running");
  equal(instanceState(json, "quickstart"), "");
  equal(instanceState("[]", "q"), "");
});

Deno.test("serverFault is empty for a server that answers, and tells what is wrong otherwise", async () => {
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => new Response(null, { status: request.url.endsWith("/ok") ? 200 : 404 }),
  );
  const base = `http://127.0.0.1:${server.addr.port}`;
  equal(await serverFault(`${base}/ok`), "");
  match(await serverFault(`${base}/gone`), /^it answers 404/);
});

Deno.test("serverFault names the reason when nobody listens", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  match(await serverFault(`http://127.0.0.1:${port}/`), /refused/i);
});
