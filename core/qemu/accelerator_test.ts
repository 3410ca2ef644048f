import { deepEqual, equal, rejects } from "node:assert/strict";
import { join } from "node:path";
import type { Host } from "../host.ts";
import {
  type AcceleratorChoice,
  findObstacle,
  forgetVerdict,
  planAccelerator,
  readVerdict,
  rememberVerdict,
  type VerdictScope,
} from "./accelerator.ts";
import { makeTempApp, type TempApp } from "../../tests/support/temp_app.ts";

/** A Mac with Apple silicon, where whether there is hardware acceleration is for a test to say. */
function mac(supported: boolean): Pick<Host, "os" | "arch" | "run"> {
  const stdout = supported ? "1\n" : "0\n";
  return {
    os: "darwin",
    arch: "arm64",
    run: () => Promise.resolve({ code: 0, stdout, stderr: "" }),
  };
}

Deno.test("planAccelerator() tries hardware when nothing is known, trusts what was seen, and falls back", async () => {
  await using place = await makePlace(true);
  const plan = (choice: AcceleratorChoice): ReturnType<typeof planAccelerator> =>
    planAccelerator(place.app.host, place.app.paths, choice, place.scope);
  deepEqual(await plan("auto"), { accelerator: "hvf", unproven: true, reason: undefined });
  await rememberVerdict(place.app.paths, place.scope, { works: true });
  deepEqual(await plan("auto"), { accelerator: "hvf", unproven: false, reason: undefined });
  deepEqual(await plan("on"), { accelerator: "hvf", unproven: false, reason: undefined });
  await rememberVerdict(place.app.paths, place.scope, { works: false, reason: "it hung" });
  deepEqual(await plan("auto"), { accelerator: "tcg", unproven: false, reason: "it hung" });
  // Who demands it gets a new try, and an error when that fails too.
  deepEqual(await plan("on"), { accelerator: "hvf", unproven: true, reason: undefined });
  deepEqual(await plan("off"), { accelerator: "tcg", unproven: false, reason: undefined });
});

Deno.test("planAccelerator() refuses to do without hardware when it was demanded", async () => {
  await using place = await makePlace(false);
  const { host, paths } = place.app;
  await rejects(planAccelerator(host, paths, "on", place.scope), {
    code: "accelerator-unavailable",
    message: /^Cannot use hvf: /,
    hint: /--accel auto/,
  });
  const plan = await planAccelerator(host, paths, "auto", place.scope);
  deepEqual([plan.accelerator, plan.unproven], ["tcg", false]);
  await rejects(planAccelerator(host, paths, "on", { ...place.scope, arch: "amd64" }), {
    message: /the guest is amd64 and this host arm64/,
  });
});

Deno.test("findObstacle() sees a guest of another architecture without asking the host", async () => {
  const run: Host["run"] = () => Promise.reject(new Error("asked"));
  const obstacle = await findObstacle({ os: "darwin", arch: "arm64", run }, "amd64");
  equal(obstacle?.what, "the guest is amd64 and this host arm64");
});

Deno.test("a verdict holds for its QEMU, firmware and architecture only", async () => {
  await using place = await makePlace(true);
  const { paths } = place.app;
  const verdict = { works: false as const, reason: "it hung" };
  equal(await readVerdict(paths, place.scope), undefined);
  for (const changed of ["qemu", "firmware"] as const) {
    await rememberVerdict(paths, place.scope, verdict);
    deepEqual(await readVerdict(paths, place.scope), verdict);
    equal(await readVerdict(paths, { ...place.scope, arch: "amd64" }), undefined);
    await Deno.writeTextFile(place.scope[changed], "another version of it");
    equal(await readVerdict(paths, place.scope), undefined, changed);
  }
});

Deno.test("a verdict is gone when it was forgotten, its file damaged, or its firmware removed", async () => {
  await using place = await makePlace(true);
  const { paths } = place.app;
  await forgetVerdict(paths, "arm64");
  await rememberVerdict(paths, place.scope, { works: true });
  await forgetVerdict(paths, "arm64");
  equal(await readVerdict(paths, place.scope), undefined);
  await rememberVerdict(paths, place.scope, { works: true });
  for (const text of ["", "{", "null", "[]"]) {
    await Deno.writeTextFile(join(paths.cache, "accelerator-arm64.json"), text);
    equal(await readVerdict(paths, place.scope), undefined, text);
  }
  await rememberVerdict(paths, place.scope, { works: true });
  await Deno.remove(place.scope.firmware);
  equal(await readVerdict(paths, place.scope), undefined);
});

interface Place extends TempApp {
  readonly scope: VerdictScope;
}

async function makePlace(supported: boolean): Promise<Place> {
  const temp = await makeTempApp(mac(supported));
  const scope = {
    qemu: join(temp.home, "qemu"),
    firmware: join(temp.home, "firmware"),
    arch: "arm64" as const,
  };
  await Deno.writeTextFile(scope.qemu, "one");
  await Deno.writeTextFile(scope.firmware, "one");
  return { ...temp, scope };
}
