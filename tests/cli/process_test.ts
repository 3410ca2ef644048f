/** The program as a process of its own: its streams to the last byte, signals, what it leaves behind. */
import { deepEqual, equal, rejects } from "node:assert/strict";
import { join } from "node:path";
import { Cli, IMAGE } from "../support/cli.ts";

const MAIN = join(import.meta.dirname ?? ".", "../../main.ts");

function command(
  cli: Cli,
  args: readonly string[],
  options: Deno.CommandOptions = {},
): Deno.Command {
  const root = join(cli.home, "..");
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", MAIN, ...args],
    env: { CUBIC_HOME: cli.home, TMPDIR: root },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...options,
  });
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

Deno.test("cubic --help into a pipe is complete to its last byte", async () => {
  await using cli = await Cli.create();
  const { code, stdout, stderr } = await command(cli, ["--help"]).output();
  deepEqual([code, text(stderr)], [0, ""]);
  equal(text(stdout), (await cli.run(["--help"])).stdout);
  await rejects(Deno.stat(cli.home), Deno.errors.NotFound);
});

Deno.test("cubic writes more than a pipe holds before it exits", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  const log = "a line of a hundred characters ".repeat(3).padEnd(99, ".") + "\n";
  await Deno.writeTextFile(join(cli.paths.instances, "web", "console.log"), log.repeat(5000));
  const { code, stdout } = await command(cli, ["logs", "web"]).output();
  deepEqual([code, stdout.length], [0, 500_000]);
});

Deno.test("cubic into a pipe that nobody reads ends in silence, as after SIGPIPE", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  for (const args of [["instances"], ["--help"], ["ls", "--json"]]) {
    const child = command(cli, args).spawn();
    await child.stdout.cancel();
    const { code, stderr } = await child.output().catch(async () => ({
      code: (await child.status).code,
      stderr: new Uint8Array(await new Response(child.stderr).arrayBuffer()),
    }));
    deepEqual([code, text(stderr)], [141, ""], args.join(" "));
  }
});

Deno.test({
  name: "cubic ends with 130 on the signals that end programs",
  fn: endBySignals,
  // QEMU is let go of on purpose; Deno would call it a leak.
  sanitizeOps: false,
  sanitizeResources: false,
});

async function endBySignals(): Promise<void> {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE} -c 1 -m 256M`);
  await cli.ok("start web --accel off");
  try {
    // So that there is something to wait for, however slow the guest's firmware is.
    const log = join(cli.paths.instances, "web", "console.log");
    await Deno.writeTextFile(log, "begun\n", { append: true });
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      const child = command(cli, ["logs", "--follow", "web"]).spawn();
      const reader = child.stdout.getReader();
      await reader.read();
      child.kill(signal);
      const stderr = await new Response(child.stderr).text();
      deepEqual([(await child.status).code, stderr], [130, "Interrupted\n"], signal);
      await reader.cancel();
    }
  } finally {
    await cli.run(["stop", "--all", "--kill"]);
  }
}
