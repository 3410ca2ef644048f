import { deepEqual, equal, ok } from "node:assert/strict";
import { type Host, realHost } from "./host.ts";
import {
  cpuSeconds,
  findProcesses,
  identifyProcess,
  isAlive,
  signalProcess,
  waitForEnd,
} from "./process.ts";
import { startChild, startSleeper } from "../tests/support/child.ts";

const host = realHost();

Deno.test("identifyProcess() knows a child while it lives and no longer", async () => {
  await using child = startSleeper();
  const identity = await identifyProcess(host, child.pid);
  ok(identity);
  equal(identity.pid, child.pid);
  deepEqual(await identifyProcess(host, child.pid), identity);
  ok(await isAlive(host, identity));
  await child.end();
  equal(await identifyProcess(host, child.pid), undefined);
  equal(await isAlive(host, identity), false);
});

Deno.test("identifyProcess() bears with processes that end while it looks", async () => {
  for (let times = 0; times < 100; times++) {
    const child = new Deno.Command("true").spawn();
    while (await identifyProcess(host, child.pid));
    await child.status;
  }
});

Deno.test("identifyProcess() keeps the identity across exec, which QEMU's start relies on", async () => {
  await using child = startChild("sh", ["-c", "sleep 0.2; exec sleep 600"]);
  const before = await identifyProcess(host, child.pid);
  await waitUntil(async () =>
    (await findProcesses(host, ([program]) => program === "sleep"))
      .some(({ process }) => process.pid === child.pid)
  );
  deepEqual(await identifyProcess(host, child.pid), before);
});

Deno.test("identifyProcess() takes a zombie for dead", async () => {
  // The child ends once the shell has become a sleep, which never asks for it.
  const child = "until ps -o comm= -p $PPID | grep -q sleep; do :; done";
  const script = `sh -c '${child}' & echo $!; exec sleep 600`;
  await using parent = startChild("sh", ["-c", script], "piped");
  const reader = parent.process.stdout.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  const pid = Number(new TextDecoder().decode(value));
  await waitUntil(async () => (await identifyProcess(host, pid)) === undefined);
  const { stdout } = await host.run("ps", ["-o", "stat=", "-p", String(pid)]);
  ok(stdout.startsWith("Z"), `state ${stdout}`);
});

Deno.test("a process with the same pid and another start time is a stranger and is not killed", async () => {
  await using child = startSleeper();
  const identity = await identifyProcess(host, child.pid);
  const stranger = { pid: child.pid, started: `${identity?.started}0` };
  equal(await isAlive(host, stranger), false);
  equal(await signalProcess(host, stranger, "SIGKILL"), false);
  ok(identity && await isAlive(host, identity));
});

Deno.test("signalProcess() ends the process, waitForEnd() sees it", async () => {
  await using child = startSleeper();
  const identity = (await identifyProcess(host, child.pid))!;
  equal(await waitForEnd(host, identity, 20), false);
  equal(await signalProcess(host, identity, "SIGTERM"), true);
  equal(await waitForEnd(host, identity, 30_000), true);
  equal(await signalProcess(host, identity, "SIGTERM"), false);
});

Deno.test("findProcesses() finds a child by an argument and leaves itself out", async () => {
  const mark = String(600 + Math.random());

  await using child = startChild("sleep", [mark]);
  const found = await findProcesses(host, (command) => command.includes(mark));
  deepEqual(found.map(({ process }) => process.pid), [child.pid]);
  const own = await findProcesses(host, () => true);
  equal(own.some(({ process }) => process.pid === Deno.pid), false);
});

Deno.test("cpuSeconds() grows with work and is unknown of a dead process", async () => {
  await using child = startChild("sh", ["-c", "while :; do :; done"]);
  await waitUntil(async () => (await cpuSeconds(host, child.pid) ?? 0) > 0.05);
  await child.end();
  equal(await cpuSeconds(host, child.pid), undefined);
});

Deno.test("on macOS the words of ps are asked for in one language and time zone, and unabridged", async () => {
  const seen: string[] = [];
  const run: Host["run"] = (command, args, options) => {
    seen.push([...Object.entries(options?.env ?? {}).map(String), command, ...args].join(" "));
    const stdout = args.includes("-p")
      ? "S    Thu Jan  2 03:04:05 2025\n"
      : "  7 /opt/qemu-system-aarch64 -uuid x\n";
    return Promise.resolve({ code: 0, stdout, stderr: "" });
  };
  const mac = { os: "darwin", run } as const;
  deepEqual(await findProcesses(mac, (command) => command.includes("-uuid")), [
    {
      process: { pid: 7, started: "Thu Jan  2 03:04:05 2025" },
      command: ["/opt/qemu-system-aarch64", "-uuid", "x"],
    },
  ]);
  deepEqual(seen, [
    "ps -axww -o pid=,command=",
    "LC_ALL,C TZ,UTC ps -o stat=,lstart= -p 7",
  ]);
});

Deno.test("cpuSeconds() reads the minutes and hours of macOS", async () => {
  const mac = (stdout: string): Pick<Host, "os" | "run"> => ({
    os: "darwin",
    run: () => Promise.resolve({ code: 0, stdout, stderr: "" }),
  });
  equal(await cpuSeconds(mac("  0:02.50\n"), 1), 2.5);
  equal(await cpuSeconds(mac("1:00:01\n"), 1), 3601);
});

async function waitUntil(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await holds())) {
    ok(performance.now() < deadline, "waited for too long");
    await host.sleep(10);
  }
}

Deno.test("a process is not taken for dead because too many files are open", async () => {
  const program = `
    import { realHost } from "${import.meta.resolve("./host.ts")}";
    import { findProcesses, identifyProcess, isAlive } from "${
    import.meta.resolve("./process.ts")
  }";
    const host = realHost();
    const identity = await identifyProcess(host, Deno.ppid);
    const say = (value) => Deno.stdout.writeSync(new TextEncoder().encode(value + "\\n"));
    say(await isAlive(host, identity));
    say((await findProcesses(host, () => true)).some(({ process }) => process.pid === Deno.ppid));
    const files = [];
    try {
      for (;;) files.push(Deno.openSync("/dev/null"));
    } catch {
      // There are no more.
    }
    say(await isAlive(host, identity).catch(() => "unknown"));
    say(await findProcesses(host, () => true).then(() => "found", () => "unknown"));`;
  const few = 'ulimit -n 200; "$@"; exit $?';
  const args = ["-c", few, "sh", Deno.execPath(), "eval", "--no-check", "--ext=ts", program];
  const { stdout, stderr } = await host.run("sh", args);
  deepEqual(stdout.split("\n"), ["true", "true", "unknown", "unknown", ""], stderr);
});
