import { deepEqual, equal } from "node:assert/strict";
import { instanceNames, lockInstance, writeInstance } from "../instances/store.ts";
import { putInstance } from "../../tests/support/instance.ts";
import { makeOperation, makeTempApp } from "../../tests/support/temp_app.ts";
import { expiredPruner } from "./prune_instances.ts";

Deno.test("an instance that got more time while prune waited for it stays", async () => {
  await using temp = await makeTempApp();
  const { app } = temp;
  const { operation } = makeOperation();
  const instance = await putInstance(app.paths, { expires: "2020-01-01T00:00:00.000Z" });
  const lock = await lockInstance(app.paths, "web", "modify");
  const removing = expiredPruner.remove(app, "web", operation);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await writeInstance(app.paths, { ...instance, expires: "2999-01-01T00:00:00.000Z" });
  await lock.release();
  equal(await removing, false);
  deepEqual(await instanceNames(app.paths), ["web"]);
});
