/** `cubic restart` of an instance that is stopped. A real QEMU with an empty disk: no guest boots. */
import { equal, match } from "node:assert/strict";
import { Cli, IMAGE } from "../support/cli.ts";

Deno.test({
  name: "cubic restart starts what was stopped",
  fn: restartStopped,
  // QEMU is let go of on purpose; Deno would call it a leak.
  sanitizeOps: false,
  sanitizeResources: false,
});

async function restartStopped(): Promise<void> {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE} -c 1 -m 256M -d 64M`);
  try {
    const { status, stderr } = await cli.run("restart web --accel off --timeout 300ms".split(" "));
    // Nobody can log in to an empty disk.
    equal(status, 1);
    match(stderr, /Cannot log in to/);
    equal(JSON.parse((await cli.ok("show web --json")).stdout).state, "running");
  } finally {
    await cli.run(["stop", "web", "--kill"]);
  }
}
