import { deepEqual, equal, rejects } from "node:assert/strict";
import { protectInstance } from "./protect.ts";
import { lockInstance, readInstance } from "./store.ts";
import { putInstance } from "../../tests/support/instance.ts";
import { makeOperation, makeTempApp } from "../../tests/support/temp_app.ts";

Deno.test("protectInstance() protects and lets go, and changes nothing else", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  const web = await putInstance(paths, { expires: "2025-01-02T03:04:05.000Z" });
  const { operation } = makeOperation();
  const stored = (): ReturnType<typeof readInstance> => readInstance(paths, "web");
  equal((await protectInstance(temp.app, "web", true, operation)).changed, true);
  deepEqual(await stored(), { ...web, protected: true });
  equal((await protectInstance(temp.app, "web", true, operation)).changed, false);
  await protectInstance(temp.app, "web", false, operation);
  deepEqual(await stored(), web);
});

Deno.test("protectInstance() waits its turn, and knows what is there", async () => {
  await using temp = await makeTempApp();
  await putInstance(temp.app.paths);
  const { operation } = makeOperation();
  await rejects(protectInstance(temp.app, "nowhere", true, operation), {
    code: "instance-not-found",
  });
  await using _lock = await lockInstance(temp.app.paths, "web", "start");
  const hurried = { ...operation, signal: AbortSignal.timeout(30) };
  await rejects(protectInstance(temp.app, "web", true, hurried), { code: "interrupted" });
  equal((await readInstance(temp.app.paths, "web")).protected, false);
});
