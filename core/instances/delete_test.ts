import { equal, rejects } from "node:assert/strict";
import { putInstance } from "../../tests/support/instance.ts";
import { makeOperation, makeTempApp } from "../../tests/support/temp_app.ts";
import { deleteDoomed } from "./delete.ts";
import { findDoomed } from "./doomed.ts";
import { instanceExists, readInstance, removeInstance } from "./store.ts";

Deno.test("of two instances that had a name one after the other, the one that was shown is deleted", async () => {
  await using temp = await makeTempApp();
  const { app } = temp;
  const { operation } = makeOperation();
  await putInstance(app.paths);
  const [shown] = await findDoomed(app, { names: ["web"] });
  await removeInstance(app.paths, "web");
  const { uuid } = await putInstance(app.paths);
  const refused = { code: "instance-not-found", message: /by now that is another one/ };
  await rejects(deleteDoomed(app, shown!, operation), refused);
  equal((await readInstance(app.paths, "web")).uuid, uuid);
  await deleteDoomed(app, (await findDoomed(app, { names: ["web"] }))[0]!, operation);
  equal(await instanceExists(app.paths, "web"), false);
});

Deno.test("a broken instance that was shown is deleted by its name", async () => {
  await using temp = await makeTempApp();
  const { app } = temp;
  await Deno.mkdir(`${app.paths.instances}/web`, { recursive: true });
  const [shown] = await findDoomed(app, { names: ["web"] });
  equal(shown?.uuid, undefined);
  await deleteDoomed(app, shown!, makeOperation().operation);
  equal(await instanceExists(app.paths, "web"), false);
});
