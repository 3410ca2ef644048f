/** `waitFor()` against a real sshd in the guest's place. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { instanceFiles } from "../../core/paths.ts";
import { CubicError } from "../../core/errors.ts";
import { waitFor } from "../../core/instances/wait_for.ts";
import type { WaitGoal } from "../../core/instances/wait_goal.ts";
import { pretendGuest } from "../support/pretended_guest.ts";
import { makeOperation, makeTempApp, type TempApp } from "../support/temp_app.ts";

const SSH: WaitGoal = { kind: "ssh" };

function wait(
  { app }: Pick<TempApp, "app">,
  goal: WaitGoal,
  timeoutMs = 20_000,
  operation = makeOperation().operation,
): Promise<void> {
  return waitFor(app, { name: "web", goal, timeoutMs }, operation);
}

/** The error a wait ends with. */
async function failure(waiting: Promise<void>): Promise<CubicError> {
  return await waiting.then(
    () => Promise.reject(new Error("the wait ended well")),
    (error) => error instanceof CubicError ? error : Promise.reject(error),
  );
}

Deno.test("a wait for ssh ends with a login, and says what it waits for", async () => {
  await using temp = await makeTempApp();
  await using _guest = await pretendGuest(temp.app);
  const { operation, events } = makeOperation();
  await wait(temp, SSH, 20_000, operation);
  deepEqual(events.filter(({ kind }) => kind === "step"), [
    { kind: "step", text: "Waiting for ssh of web" },
  ]);
});

Deno.test("a wait for a port sees what listens in the guest, on the loopback too, and nothing else", async () => {
  await using temp = await makeTempApp();
  await using _guest = await pretendGuest(temp.app);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  using _connected = await Deno.connect({ hostname: "127.0.0.1", port });
  await wait(temp, { kind: "port", port });
  listener.close();
  const error = await failure(wait(temp, { kind: "port", port }, 1500));
  equal(error.code, "wait-timeout");
  match(error.message, new RegExp(`^Cannot wait longer for port ${port} of "web": 2 s are over$`));
  match(error.details ?? "", /^When it was last asked: nothing listens there/);
});

Deno.test("a wait for a command tries it until it exits with 0, and shows what it said at last", async () => {
  await using temp = await makeTempApp();
  await using guest = await pretendGuest(temp.app);
  const flag = join(guest.sshd.dir, "flag");
  const line = `echo not yet >&2; echo x >> ${flag}; [ $(wc -l < ${flag}) -ge 3 ]`;
  await wait(temp, { kind: "command", line });
  equal((await Deno.readTextFile(flag)).length, 6);
  await Deno.writeTextFile(
    instanceFiles(temp.app.paths, "web").consoleLog,
    "web login: \x1b[31mhi\n",
  );
  const error = await failure(wait(temp, { kind: "command", line: "echo no >&2; exit 7" }, 1500));
  match(error.details ?? "", /^When it was last asked: exit status 7: no\n/);
  match(error.details ?? "", /The last lines of its console:\nweb login: hi$/);
});

Deno.test("a command that hangs is cut off at the deadline", async () => {
  await using temp = await makeTempApp();
  await using _guest = await pretendGuest(temp.app);
  const error = await failure(wait(temp, { kind: "command", line: "exec sleep 60" }, 1500));
  equal(error.code, "wait-timeout");
});

Deno.test("a wait goes on when the connection is lost and the machine is not", async () => {
  await using temp = await makeTempApp();
  await using guest = await pretendGuest(temp.app);
  const flag = join(guest.sshd.dir, "flag");
  const waiting = wait(temp, { kind: "command", line: `test -e ${flag} || { sleep 2; false; }` });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await guest.sshd.killConnections();
  await Deno.writeTextFile(flag, "");
  await waiting;
});

Deno.test("a machine that stops ends every wait at once", async () => {
  await using temp = await makeTempApp();
  await using guest = await pretendGuest(temp.app);
  const waiting = failure(wait(temp, { kind: "command", line: "false" }, 60_000));
  await new Promise((resolve) => setTimeout(resolve, 500));
  const began = performance.now();
  await guest.qemu.end();
  const error = await waiting;
  deepEqual([error.code, error.message], [
    "instance-stopped",
    'Cannot go on waiting for "web": it stopped',
  ]);
  ok(performance.now() - began < 30_000, "it was not the deadline");
  equal((await failure(wait(temp, SSH))).code, "instance-stopped");
  await wait(temp, { kind: "stopped" });
});

Deno.test("a wait for the end of a machine ends with it, and at its deadline", async () => {
  await using temp = await makeTempApp();
  await using guest = await pretendGuest(temp.app);
  const error = await failure(wait(temp, { kind: "stopped" }, 600));
  deepEqual([error.code, error.message], [
    "wait-timeout",
    'Cannot wait longer for "web" to stop: 600 ms are over',
  ]);
  const waiting = wait(temp, { kind: "stopped" });
  await guest.qemu.end();
  await waiting;
});

Deno.test("a guest that has crashed is not waited for", async () => {
  await using temp = await makeTempApp();
  const panicked = { status: "guest-panicked", running: false };
  await using _guest = await pretendGuest(temp.app, { answer: () => panicked });
  const error = await failure(wait(temp, SSH));
  equal(error.message, 'Cannot wait for "web": its guest has crashed');
});

Deno.test("a wait for cloud-init tells that there is none, and Ctrl-C ends a wait", async () => {
  await using temp = await makeTempApp();
  await using _guest = await pretendGuest(temp.app);
  const error = await failure(wait(temp, { kind: "cloud-init" }));
  equal(error.message, 'Cannot wait for cloud-init of "web": it is not installed there');
  const interrupt = new AbortController();
  const operation = { signal: interrupt.signal, report: () => {} };
  const waiting = wait(temp, { kind: "command", line: "sleep 60" }, 60_000, operation);
  setTimeout(() => interrupt.abort(), 500);
  const began = performance.now();
  await rejects(waiting, { code: "interrupted" });
  ok(performance.now() - began < 30_000, "it was not the end of the command");
});

Deno.test("a wait of no time looks once, and says what it saw", async () => {
  await using temp = await makeTempApp();
  await using _guest = await pretendGuest(temp.app);
  await wait(temp, SSH, 0);
  const error = await failure(wait(temp, { kind: "command", line: "echo no; exit 3" }, 0));
  equal(error.code, "wait-timeout");
  match(error.details ?? "", /^When it was last asked: exit status 3: no/);
});

Deno.test("a guest that can't be asked about cloud-init is asked at a leisurely pace", async () => {
  await using temp = await makeTempApp();
  const asks = await Deno.makeTempFile();
  await using _guest = await pretendGuest(temp.app, {
    config: [`ForceCommand echo x >> ${asks}; echo broken; exit 1`],
  });
  const error = await failure(wait(temp, { kind: "cloud-init" }, 3000));
  equal(error.code, "wait-timeout");
  match(error.details ?? "", /^When it was last asked: exit status 1: broken/);
  const asked = (await Deno.readTextFile(asks)).length / 2;
  await Deno.remove(asks);
  ok(asked >= 1 && asked <= 7, `it was asked ${asked} times`);
});
