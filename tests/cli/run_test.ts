/** `cubic run`: instances that live as long as a session. A real QEMU with an empty disk, so no guest ever boots. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { splitOperands } from "../../cmd/run.ts";
import { realHost } from "../../core/host.ts";
import { temporaryLeftovers } from "../../core/instances/temporary.ts";
import { identifyProcess } from "../../core/process.ts";
import { Cli, IMAGE } from "../support/cli.ts";
import { pretendGuest } from "../support/pretended_guest.ts";
import { test } from "../support/running_cli.ts";

const MAIN = join(import.meta.dirname ?? ".", "../../main.ts");
const RUN = `-i ${IMAGE} -c 1 -m 256M -d 64M --accel off`;

Deno.test("cubic run takes a name, a command after --, both, or none", () => {
  const split = (line: string): unknown => {
    const words = line.split(" ").filter((word) => word !== "");
    // As the parser sees them: no options, and no --.
    const options = words.findIndex((word) => word === "--");
    const own = options < 0 ? words : words.slice(0, options);
    const operands = own.filter((word, index) => !word.startsWith("-") && own[index - 1] !== "-i");
    const command = options < 0 ? [] : words.slice(options + 1);
    const { name, words: found } = splitOperands([...operands, ...command], ["run", ...words]);
    return [name, found?.join(" ")];
  };
  deepEqual(split("-i debian"), [undefined, undefined]);
  deepEqual(split("web -i debian"), ["web", undefined]);
  deepEqual(split("-i debian -- uname -a"), [undefined, "uname -a"]);
  deepEqual(split("web -i debian -- ls -l -- x"), ["web", "ls -l -- x"]);
});

Deno.test("cubic run says what it can't make sense of, and makes nothing", async () => {
  await using cli = await Cli.withImage();
  for (
    const [line, problem] of [
      ["run web ls -i debian", /"ls" follows the name\nhint: Write the command after --/],
      ["run web -i debian --", /nothing follows --/],
      ["run web -i debian --rm --if-missing", /Cannot use --rm with --if-missing/],
      ["run web -i debian --rm --detach", /Cannot use --rm with --detach\nhint: .*`--ttl 1d`/],
      [
        "run web -i debian --detach -- ls",
        /Cannot use a command with --detach\nhint: .*cubic exec/,
      ],
      ["run web -i debian --detach --env A=b", /Cannot use --env with --detach/],
      ["run web -i debian --json", /Cannot use --json or --format without --detach\nhint: /],
      ["run web -i debian --format yaml -- ls", /without --detach/],
      ["run --rm", /Cannot tell which image/],
      ["run --if-missing -i debian", /Cannot tell which instance may be missing/],
    ] as const
  ) {
    const { status, stdout, stderr } = await cli.run(line.split(" "));
    deepEqual([status, stdout], [2, ""], line);
    match(stderr, problem);
  }
  equal((await cli.ok("instances -q")).stdout, "");
});

Deno.test("cubic run --detach leaves an instance running that can be logged in to, and tells of it", async () => {
  await using cli = await Cli.withImage();
  await using guest = await pretendGuest(await cli.app(), { name: "web" });
  const line = `run web --if-missing --detach -i ${IMAGE} --accel off`;
  const { stdout } = await cli.ok(`${line} --json`);
  const { name, state, sshPort, pid } = JSON.parse(stdout);
  const { target } = guest.sshd;
  deepEqual([name, state, sshPort, pid], ["web", "running", target.port, guest.qemu.pid]);
  equal((await cli.ok(`${line} -q`)).stdout, "web\n");
  match((await cli.ok(line)).stderr, /^web runs already\. `cubic ssh web` opens a shell\.$/m);
});

test("cubic run --detach starts what it made, and fails with 1 when nobody can log in", async (cli) => {
  const { status, stdout } = await cli.run(`run web --detach ${RUN} --timeout 500ms`.split(" "));
  deepEqual([status, stdout], [1, ""]);
  match((await cli.ok("instances")).stdout, /^web +running/m);
});

test("cubic run --rm deletes its instance when the guest can't be logged in to", async (cli) => {
  const line = `run --rm ${RUN} --timeout 500ms -- true`;
  const { status, stderr } = await cli.run(line.split(" "));
  equal(status, 255, stderr);
  match(stderr, /^Created [a-z]+-[a-z]+, which lives as long as this session$/m);
  match(stderr, /error: Cannot log in to/);
  equal((await cli.ok("instances -q")).stdout, "");
});

test("cubic run --rm is in the list while it runs, and goes at Ctrl-C and when it is stopped", async (cli) => {
  for (const end of ["interrupt", "stop"] as const) {
    const interrupt = new AbortController();
    const running = cli.run(`run tmp --rm ${RUN}`.split(" "), { signal: interrupt.signal });
    const { pid, temporary } = await whenListed(cli, "tmp");
    equal(temporary, true);
    equal((await cli.run(`create tmp -i ${IMAGE}`.split(" "))).status, 4);
    deepEqual(await temporaryLeftovers(await cli.app()), []);
    if (end === "interrupt") interrupt.abort();
    else await cli.ok("stop tmp --kill");
    const { status, stderr } = await running;
    equal(status, end === "interrupt" ? 130 : 255, stderr);
    equal((await cli.ok("instances -q")).stdout, "");
    ok(!(await isThere(pid)));
  }
});

test("cubic run --rm that is ended by a signal takes instance and QEMU with it, but for SIGKILL", async (cli) => {
  for (const signal of ["SIGTERM", "SIGHUP", "SIGKILL"] as const) {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-check",
        "--quiet",
        MAIN,
        ..."run tmp --rm".split(" "),
        ...RUN.split(" "),
      ],
      env: { CUBIC_HOME: cli.home, TMPDIR: join(cli.home, "..") },
      ...{ stdin: "null", stdout: "null", stderr: "null" },
    }).spawn();
    const { pid } = await whenListed(cli, "tmp");
    child.kill(signal);
    const { code } = await child.status;
    const left = (await temporaryLeftovers(await cli.app())).map(({ name }) => name);
    if (signal !== "SIGKILL") {
      deepEqual([code, left, await isThere(pid)], [130, [], false], signal);
      continue;
    }
    deepEqual([left, await isThere(pid)], [["tmp"], true]);
    await cli.ok(`create tmp -i ${IMAGE}`);
    equal(await isThere(pid), false);
  }
});

/** What `instances` says of it once it runs. */
async function whenListed(
  cli: Cli,
  name: string,
): Promise<{ readonly pid: number; readonly temporary: boolean }> {
  const deadline = performance.now() + 60_000;
  while (performance.now() < deadline) {
    const list = JSON.parse((await cli.ok("instances --json")).stdout) as Record<string, unknown>[];
    const found = list.find((entry) => entry["name"] === name && entry["state"] === "running");
    if (found) return found as { pid: number; temporary: boolean };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${name} did not run within a minute`);
}

/** False for one that has ended and that nobody has reaped. */
async function isThere(pid: number): Promise<boolean> {
  return await identifyProcess(realHost(), pid) !== undefined;
}
