import { deepEqual, equal, rejects } from "node:assert/strict";
import { CubicError, interrupted } from "../core/errors.ts";
import { captureTerminal } from "../tests/support/cli.ts";
import type { Context } from "./context.ts";
import { forEachName } from "./each.ts";
import { Ui } from "./ui/ui.ts";

function makeContext(): { context: Context; stdout(): string; stderr(): string } {
  const { terminal, stdout, stderr } = captureTerminal();
  const context: Context = {
    ui: new Ui(terminal),
    load: () => Promise.reject(new Error("not needed")),
    paths: () => Promise.reject(new Error("not needed")),
    signal: new AbortController().signal,
    exit: () => {},
  };
  return { context, stdout, stderr };
}

const missing = (name: string): CubicError =>
  new CubicError("instance-not-found", `Cannot find the instance "${name}"`);

Deno.test("forEachName does each name once, in order", async () => {
  const { context } = makeContext();
  const done: string[] = [];
  const batch = { verb: "stop", names: ["b", "a", "b"], json: false };
  await forEachName(context, batch, (name) => Promise.resolve(done.push(name)));
  deepEqual(done, ["b", "a"]);
});

Deno.test("forEachName goes on after a failure, prints each and fails once", async () => {
  const { context, stdout, stderr } = makeContext();
  const batch = { verb: "stop", names: ["a", "b", "c"], json: true };
  const stop = (name: string): Promise<string> =>
    name === "b" ? Promise.resolve(name) : Promise.reject(missing(name));
  await rejects(forEachName(context, batch, stop), {
    code: "instance-not-found",
    message: "Cannot stop 2 of 3 instances",
  });
  equal(
    stderr(),
    'error: Cannot find the instance "a"\nerror: Cannot find the instance "c"\n',
  );
  deepEqual(JSON.parse(stdout()), ["b"]);
});

Deno.test("forEachName leaves the one failure of one name to its caller", async () => {
  const { context, stdout, stderr } = makeContext();
  const batch = { verb: "stop", names: ["a"], json: true };
  const action = (name: string): Promise<never> => Promise.reject(missing(name));
  await rejects(forEachName(context, batch, action), { message: missing("a").message });
  equal(stderr(), "");
  equal(stdout(), "[]\n");
});

Deno.test("forEachName stops at Ctrl-C", async () => {
  const { context } = makeContext();
  const asked: string[] = [];
  const batch = { verb: "stop", names: ["a", "b"], json: false };
  const action = (name: string): Promise<never> => {
    asked.push(name);
    return Promise.reject(interrupted());
  };
  await rejects(forEachName(context, batch, action), { code: "interrupted" });
  deepEqual(asked, ["a"]);
});

Deno.test("forEachName does as many at once as it is told, and keeps the order of the names", async () => {
  const { context, stdout } = makeContext();
  const names = Array.from({ length: 10 }, (_, index) => `vm${index}`);
  let [now, most] = [0, 0];
  const slow = async (name: string): Promise<string> => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, name === "vm0" ? 20 : 1));
    now--;
    return name;
  };
  await forEachName(context, { verb: "wait for", names, json: true, sideBySide: 3 }, slow);
  equal(most, 3);
  deepEqual(JSON.parse(stdout()), names);
});

Deno.test("forEachName begins none after Ctrl-C, and waits for those that are under way", async () => {
  const { context } = makeContext();
  const [begun, ended]: [string[], string[]] = [[], []];
  const action = async (name: string): Promise<void> => {
    begun.push(name);
    await new Promise((resolve) => setTimeout(resolve, name === "a" ? 1 : 10));
    if (name === "a") throw interrupted();
    ended.push(name);
  };
  const batch = { verb: "wait for", names: ["a", "b", "c", "d"], sideBySide: 2 };
  await rejects(forEachName(context, batch, action), { code: "interrupted" });
  deepEqual([begun, ended], [["a", "b"], ["b"]]);
});
