import { deepEqual, equal, ok } from "node:assert/strict";
import { deleteInstance } from "./delete.ts";
import {
  instanceNames,
  lockInstance,
  readInstance,
  removeInstance,
  writeInstance,
} from "./store.ts";
import { protectInstance } from "./protect.ts";
import { endTemporary, holdSession, removeLeftover, temporaryLeftovers } from "./temporary.ts";
import { putInstance } from "../../tests/support/instance.ts";
import { makeOperation, makeTempApp } from "../../tests/support/temp_app.ts";

Deno.test("a temporary instance is a leftover once its session is gone, unless it is protected", async () => {
  await using temp = await makeTempApp();
  const { app } = temp;
  const { operation } = makeOperation();
  await putInstance(app.paths, { name: "web" });
  await putInstance(app.paths, { name: "held", temporary: true });
  await putInstance(app.paths, { name: "kept", temporary: true, protected: true });
  await putInstance(app.paths, { name: "left", temporary: true });
  await Deno.mkdir(`${app.paths.instances}/broken`);
  await using _session = await holdSession(app.paths, "held", operation.signal);
  deepEqual((await temporaryLeftovers(app)).map(({ name }) => name), ["left"]);
  for (const name of ["web", "held", "kept", "broken", "nowhere"]) {
    equal(await removeLeftover(app, name, operation), false, name);
  }
  equal(await removeLeftover(app, "left", operation), true);
  deepEqual(await instanceNames(app.paths), ["broken", "held", "kept", "web"]);
});

Deno.test("endTemporary() deletes the instance and ends the session", async () => {
  await using temp = await makeTempApp();
  const { app } = temp;
  const { operation, events } = makeOperation();
  const instance = await putInstance(app.paths, { temporary: true });
  const session = await holdSession(app.paths, "web", operation.signal);
  await endTemporary(app, { instance, session }, operation.report);
  deepEqual(await instanceNames(app.paths), []);
  // Somebody else may have deleted it, and the lock is free again.
  await using again = await holdSession(app.paths, "web", operation.signal);
  await endTemporary(app, { instance, session: again }, operation.report);
  deepEqual(events.filter(({ kind }) => kind === "warning"), []);
});

Deno.test("endTemporary() leaves an instance that was protected meanwhile", async () => {
  await using temp = await makeTempApp();
  const { app } = temp;
  const { operation, events } = makeOperation();
  const instance = await putInstance(app.paths, { temporary: true });
  const session = await holdSession(app.paths, "web", operation.signal);
  await protectInstance(app, "web", true, operation);
  await endTemporary(app, { instance, session }, operation.report);
  deepEqual(await instanceNames(app.paths), ["web"]);
  deepEqual(events.map(({ kind }) => kind), ["note"]);
});

Deno.test("endTemporary() only warns when the instance can't be deleted", async () => {
  await using temp = await makeTempApp();
  const { app } = temp;
  const { operation, events } = makeOperation();
  const instance = await putInstance(app.paths, { temporary: true });
  const session = await holdSession(app.paths, "web", operation.signal);
  await using _busy = await lockInstance(app.paths, "web", "start");
  await endTemporary(app, { instance, session }, operation.report);
  ok(events.some((event) => event.kind === "warning" && /cubic delete web/.test(event.text)));
  deepEqual((await temporaryLeftovers(app)).map(({ name }) => name), ["web"]);
});

Deno.test("endTemporary() leaves what has the name by now: another instance, or one to be kept", async () => {
  await using temp = await makeTempApp();
  const { app } = temp;
  const { operation, events } = makeOperation();
  const instance = await putInstance(app.paths, { temporary: true });
  const session = await holdSession(app.paths, "web", operation.signal);
  await deleteInstance(app, "web", operation);
  events.length = 0;
  const { uuid } = await putInstance(app.paths, { temporary: true });
  {
    // Nor does it wait for whoever works with that one.
    await using _busy = await lockInstance(app.paths, "web", "start");
    await endTemporary(app, { instance, session }, operation.report);
  }
  equal((await readInstance(app.paths, "web")).uuid, uuid);
  await writeInstance(app.paths, { ...instance, temporary: false });
  await using again = await holdSession(app.paths, "web", operation.signal);
  await endTemporary(app, { instance, session: again }, operation.report);
  deepEqual([await instanceNames(app.paths), events], [["web"], []]);
});

Deno.test("who waits to delete a temporary instance deletes no other that has its name by then", async () => {
  await using temp = await makeTempApp();
  const { app } = temp;
  const { operation } = makeOperation();
  for (const way of ["end", "leftover"] as const) {
    const instance = await putInstance(app.paths, { temporary: true });
    const lock = await lockInstance(app.paths, "web", "delete");
    const deleting = way === "leftover" ? removeLeftover(app, "web", operation) : endTemporary(
      app,
      { instance, session: await holdSession(app.paths, "web", operation.signal) },
      operation.report,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    await removeInstance(app.paths, "web");
    const { uuid } = await putInstance(app.paths);
    await lock.release();
    equal(await deleting, way === "leftover" ? false : undefined);
    equal((await readInstance(app.paths, "web")).uuid, uuid, way);
    await removeInstance(app.paths, "web");
  }
});
