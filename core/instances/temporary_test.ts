import { deepEqual, equal, ok } from "node:assert/strict";
import { instanceNames, lockInstance } from "./store.ts";
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
