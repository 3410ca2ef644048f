/** Instances that run: a real QEMU under emulation with an empty disk, so no guest ever boots. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { attachConsole, type ConsoleEnd } from "../../core/instances/console.ts";
import { ESCAPE_HELP } from "../../core/ssh/escape.ts";
import { Cli, IMAGE, type RunFacts } from "../support/cli.ts";
import { test } from "../support/running_cli.ts";

const RUNS = "-c 1 -m 256M -d 64M";
const START = "--accel off";

/** A port that is free now. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

test("cubic start, instances, stop and delete agree about an instance that runs", async (cli) => {
  await cli.ok(`create web -i ${IMAGE} ${RUNS}`);
  const [started] = JSON.parse((await cli.ok(`start web ${START} --json`)).stdout);
  deepEqual([started.state, started.accelerator], ["running", "tcg"]);
  match(
    (await cli.ok("instances -a")).stdout,
    new RegExp(`^web +running .* ${started.pid}$`, "m"),
  );
  match((await cli.ok(`start web ${START}`)).stderr, /^web runs already$/m);
  const [stopped] = JSON.parse((await cli.ok("stop --all --kill --json")).stdout);
  deepEqual(stopped, { name: "web", how: "killed" });
  equal(JSON.parse((await cli.ok("show web --json")).stdout).state, "stopped");
  await cli.ok(`start web ${START} -q`);
  await cli.ok("delete web --yes");
});

test("cubic start fails with 4 when another program has the port", async (cli) => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  await cli.ok(`create web -i ${IMAGE} ${RUNS} -p ${port}:80`);
  const { status, stdout, stderr } = await cli.run(`start web ${START}`.split(" "));
  deepEqual([status, stdout], [4, ""]);
  match(stderr, new RegExp(`error: Cannot start "web": another program listens on port ${port}`));
  match(stderr, new RegExp(`hint: .*grep ${port}`));
});

test("cubic start names the instance that has the port", async (cli) => {
  const port = freePort();
  await cli.ok(`create web -i ${IMAGE} ${RUNS} -p ${port}:80`);
  await cli.ok(`create db -i ${IMAGE} ${RUNS} -p ${port}:80`);
  await cli.ok(`start web ${START}`);
  const { status, stderr } = await cli.run(`start db ${START}`.split(" "));
  equal(status, 4);
  match(stderr, new RegExp(`Cannot start "db": the instance "web" listens on port ${port}`));
  match(stderr, /hint: `cubic stop web` frees it\./);
});

test("cubic start --wait ends at its deadline, with the reason and what to type next", async (cli) => {
  await cli.ok(`create web -i ${IMAGE} ${RUNS}`);
  const line = `start web --wait --timeout 500ms ${START}`;
  const { status, stderr } = await cli.run(line.split(" "));
  equal(status, 1);
  match(stderr, /error: Cannot log in to tester@127\.0\.0\.1:\d+ within \d+ s/);
  match(stderr, /hint: `cubic logs web`.*--timeout waits longer/);
  match((await cli.ok("instances")).stdout, /^web +running/m);
});

test("cubic exec exits with 255 when the guest can't be logged in to", async (cli) => {
  await cli.ok(`create web -i ${IMAGE} ${RUNS}`);
  const line = `exec --accel off --timeout 500ms web -- true`;
  const { status, stdout, stderr } = await cli.run(line.split(" "));
  deepEqual([status, stdout], [255, ""]);
  match(stderr, /error: Cannot log in to tester@127/);
});

test("cubic exec to a guest that is not up is interrupted by Ctrl-C with 130", async (cli) => {
  await cli.ok(`create web -i ${IMAGE} ${RUNS}`);
  await cli.ok(`start web ${START}`);
  const interrupt = new AbortController();
  const facts: RunFacts = { signal: interrupt.signal };
  const waiting = cli.run(["exec", "web", "--", "true"], facts);
  setTimeout(() => interrupt.abort(), 300);
  const { status, stdout, stderr } = await waiting;
  deepEqual([status, stdout], [130, ""]);
  match(stderr, /Interrupted\n$/);
});

test("cubic scp demands a running instance, with 4", async (cli) => {
  await cli.ok(`create web -i ${IMAGE} ${RUNS}`);
  const { status, stderr } = await cli.run(["scp", "web:x", "."]);
  equal(status, 4);
  match(stderr, /error: Cannot reach "web": it is stopped\nhint: .*`cubic start web --wait`/);
});

test("a console is for one at a time, and ends with its input, its QEMU and Ctrl-C", async (cli) => {
  await cli.ok(`create web -i ${IMAGE} ${RUNS}`);
  await cli.ok(`start web ${START}`);
  const first = await openConsole(cli, "web");
  await rejects((await openConsole(cli, "web")).end, { code: "locked" });
  first.type("\r~?");
  match(await first.noticed, /leave this session/);
  first.type("\r~.");
  equal(await first.end, "detached");

  const interrupted = await openConsole(cli, "web");
  interrupted.abort();
  await interrupted.end;

  const second = await openConsole(cli, "web");
  await cli.ok("stop web --kill");
  equal(await second.end, "stopped");
});

/** Attaches, types nothing yet, and waits until QEMU knows. */
async function openConsole(cli: Cli, name: string): Promise<{
  readonly end: Promise<ConsoleEnd>;
  readonly noticed: Promise<string>;
  type(text: string): void;
  abort(): void;
}> {
  const input = new TransformStream<Uint8Array, Uint8Array>();
  const writer = input.writable.getWriter();
  const noticed = Promise.withResolvers<string>();
  const controller = new AbortController();
  const streams = {
    stdin: input.readable,
    stdout: new WritableStream<Uint8Array>(),
    notice: noticed.resolve,
    help: ESCAPE_HELP,
  };
  const end = attachConsole(await cli.app(), name, streams, controller.signal);
  end.catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 200));
  return {
    end,
    noticed: noticed.promise,
    type: (text) => void writer.write(new TextEncoder().encode(text)).catch(() => {}),
    abort: () => controller.abort(),
  };
}
