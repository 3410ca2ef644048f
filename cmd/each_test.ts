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
