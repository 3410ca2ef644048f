import { deepEqual, equal } from "node:assert/strict";
import { CLOUD_INIT_LINE, failedModules, readCloudInit } from "./cloud_init.ts";

/** As cloud-init 22.4 on Debian 12 writes it. */
function status(changes: Record<string, unknown> = {}): string {
  return JSON.stringify(
    {
      v1: {
        datasource: "DataSourceNoCloud [seed=/dev/vdb][dsmode=net]",
        init: { errors: [], finished: 1.5, start: 1 },
        "modules-config": { errors: [], finished: 2.5, start: 2 },
        "modules-final": { errors: [], finished: 3.5, start: 3 },
        stage: null,
        ...changes,
      },
    },
    null,
    1,
  );
}

Deno.test("readCloudInit() knows a cloud-init that is done", () => {
  deepEqual(readCloudInit(`over\n${status()}`), { kind: "done", errors: [], warnings: [] });
});

Deno.test("readCloudInit() knows one that is at work, whatever is there of its files", () => {
  deepEqual(readCloudInit(`running\n${status({ stage: "modules-config" })}`), {
    kind: "running",
    stage: "modules-config",
  });
  for (const answer of ["", "waiting\n", "running\n", 'running\n{"v1', "over\n", "over\n[]"]) {
    deepEqual(readCloudInit(answer), { kind: "running", stage: "" }, answer);
  }
  // A second boot: the result is that of the first one.
  equal(readCloudInit(`over\n${status({ stage: "init" })}`).kind, "running");
});

Deno.test("readCloudInit() knows that there is none", () => {
  deepEqual(readCloudInit("absent\n"), { kind: "absent" });
  deepEqual(readCloudInit("disabled\n"), { kind: "disabled" });
});

Deno.test("readCloudInit() tells errors from what did not keep cloud-init from going on", () => {
  const error =
    "('scripts_user', RuntimeError('Runparts: 1 failures (runcmd) in 1 attempted commands'))";
  const answer = status({
    "modules-final": { errors: [error], finished: 1, start: 0 },
    init: {
      errors: [],
      "recoverable_errors": { WARNING: ["Invalid cloud-config provided"] },
      finished: 1,
    },
  });
  const state = readCloudInit(`over\n${answer}`);
  deepEqual(state, {
    kind: "done",
    errors: [error],
    warnings: ["WARNING: Invalid cloud-config provided"],
  });
  deepEqual(failedModules([error, error, "no module"]), ["scripts_user"]);
});

Deno.test("the line that asks is POSIX shell and tells of a host without cloud-init", async () => {
  const { stdout, success } = await new Deno.Command("/bin/sh", {
    args: ["-c", CLOUD_INIT_LINE.replaceAll("/run/cloud-init", "/nowhere")],
    env: { PATH: "/nowhere" },
  }).output();
  deepEqual([success, new TextDecoder().decode(stdout)], [true, "absent\n"]);
});

Deno.test("the line that asks finds what cloud-init wrote", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const ask = async (): Promise<string> => {
      const { stdout } = await new Deno.Command("sh", {
        args: ["-c", CLOUD_INIT_LINE.replaceAll("/run/cloud-init", dir)],
      }).output();
      return readCloudInit(new TextDecoder().decode(stdout)).kind;
    };
    await Deno.writeTextFile(`${dir}/status.json`, status({ stage: "init" }));
    equal(await ask(), "running");
    await Deno.writeTextFile(`${dir}/status.json`, status());
    equal(await ask(), "running");
    await Deno.writeTextFile(`${dir}/result.json`, "{}");
    equal(await ask(), "done");
    await Deno.writeTextFile(`${dir}/disabled`, "");
    equal(await ask(), "disabled");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
