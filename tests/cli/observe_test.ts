/** Watching and reaching instances, as people and as programs see it. No guest runs. */
import { deepEqual, doesNotMatch, equal, match, notEqual } from "node:assert/strict";
import { EVENT_KINDS } from "../../core/instances/events.ts";
import { instanceFiles } from "../../core/paths.ts";
import { Cli, IMAGE, type Ran } from "../support/cli.ts";
import { putInstance } from "../support/instance.ts";
import { pretendGuest } from "../support/pretended_guest.ts";

const HEADER = /^NAME +STATE +CPU +HOST MEM +GUEST MEM +DISK +UPTIME$/m;

function json<Value>({ stdout }: Ran): Value {
  return JSON.parse(stdout) as Value;
}

Deno.test("cubic wait refuses what can't be waited for, with 2, and one that is stopped, with 4", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  const cases: readonly (readonly [string, number, RegExp])[] = [
    ["wait web --for lunch", 2, /Cannot wait for "lunch"\nhint: Write ssh, cloud-init/],
    ["wait web --for ssh -- true", 2, /Cannot wait for ssh and for a command at once/],
    ["wait web --for command", 2, /Cannot tell which command to wait for/],
    ["wait web --for command -- true", 4, /it is stopped/],
    ["wait web --for port:99999", 2, /Cannot wait for "port:99999"/],
    ["wait -- true", 2, /Cannot tell which instance to wait for/],
    ["wait web", 4, /Cannot reach "web": it is stopped\nhint: .*cubic start web --wait/],
    ["wait web none --for stopped", 3, /Cannot find the instance "none"/],
  ];
  for (const [line, status, said] of cases) {
    const ran = await cli.run(line.split(" "));
    equal(ran.status, status, line);
    match(ran.stderr, said, line);
  }
});

Deno.test("cubic wait for what is true already says so, and prints it as JSON", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  const { stdout, stderr } = await cli.ok("wait web --for stopped");
  equal(stdout, "");
  match(stderr, /^Waiting for web to stop\nweb stopped \(.* s\)\n$/);
  const [waited] = json<Record<string, unknown>[]>(await cli.ok("wait web --for stopped --json"));
  deepEqual([waited?.["name"], waited?.["for"], typeof waited?.["milliseconds"]], [
    "web",
    "stopped",
    "number",
  ]);
});

Deno.test("cubic wait and ssh pass what follows -- exactly, be it one word or several", async () => {
  await using cli = await Cli.create();
  await using _guest = await pretendGuest(await cli.app());
  equal((await cli.run(["wait", "web", "--", "test", "a b", "=", "a b"])).status, 0);
  const line = "true && test 1 = 1";
  for (const command of ["ssh", "exec"]) {
    // No program has such a name.
    equal((await cli.run([command, "web", "--", line])).status, 127, command);
  }
  const waited = await cli.run(["wait", "web", "--timeout", "0", "--", line]);
  equal(waited.status, 1);
  match(waited.stderr, /exit status 127/);
  equal((await cli.run(["ssh", "web", "true && test 1 = 1"])).status, 0);
  const failed = await cli.run(["wait", "web", "--timeout", "1s", "--", "test", "a b", "=", "b"]);
  equal(failed.status, 1);
  match(failed.stderr, /error: Cannot wait longer for `test 'a b' '=' b` of "web": 1 s are over/);
});

Deno.test("cubic wait watches several side by side: none eats the time of the next", async () => {
  await using cli = await Cli.create();
  const app = await cli.app();
  await using _slow = await pretendGuest(app, { config: ["ForceCommand sleep 60"] });
  await using _quick = await pretendGuest(app, { name: "db" });
  const ran = await cli.run(["wait", "web", "db", "--timeout", "6s", "--json", "--", "true"]);
  equal(ran.status, 1, ran.stderr);
  deepEqual(json<{ name: string }[]>(ran).map(({ name }) => name), ["db"]);
  match(ran.stderr, /Waiting for web, db\n/);
  match(ran.stderr, /Waiting for web\n/);
  match(ran.stderr, /Cannot wait longer for .* of "web": 6 s are over/);
});

Deno.test("cubic wait for many names some of them, and says once in a pipe what it waits for", async () => {
  await using cli = await Cli.create();
  const names = Array.from({ length: 60 }, (_, index) => `vm${index}`);
  for (const name of names) await putInstance(cli.paths, { name });
  const { stdout, stderr } = await cli.run(["wait", ...names, "--for", "stopped"]);
  const lines = stderr.trimEnd().split("\n");
  deepEqual([stdout, lines.length], ["", 61]);
  equal(lines[0], "Waiting for vm0, vm1, vm2 and 57 more");
});

Deno.test("cubic stats has one shape, whatever runs", async () => {
  await using cli = await Cli.create();
  deepEqual(json(await cli.ok("stats --json -n 1s")), []);
  const none = await cli.ok("stats -n 1s");
  deepEqual([none.stdout, none.stderr], ["", "No instance runs.\n"]);
  await using _guest = await pretendGuest(await cli.app());
  const [web] = json<Record<string, unknown>[]>(await cli.ok("top web --json -n 1s"));
  deepEqual(Object.keys(web ?? {}), [
    ...["name", "state", "cpuPercent", "memoryHost", "memoryGuest", "diskUsed", "disk", "uptime"],
  ]);
  deepEqual([web?.["state"], web?.["memoryGuest"], web?.["diskUsed"]], ["running", null, null]);
  match((await cli.ok("stats -n 1s")).stdout, HEADER);
  equal((await cli.ok("stats -q -n 1s")).stdout, "web\n");
  equal((await cli.run(["stats", "none"])).status, 3);
  equal((await cli.run(["stats", "-n", "10ms"])).status, 2);
});

Deno.test("cubic stats draws its table in place on a terminal until Ctrl-C", async () => {
  await using cli = await Cli.create();
  await using _guest = await pretendGuest(await cli.app());
  const interrupt = new AbortController();
  const terminal = ["stdin", "stdout", "stderr"] as const;
  const running = cli.run(["stats", "-n", "1s"], { terminal, signal: interrupt.signal });
  setTimeout(() => interrupt.abort(), 3500);
  const { status, stdout } = await running;
  equal(status, 130);
  const drawings = stdout.split("\x1b[?7lNAME ").slice(1);
  // Each goes back to where it began; the last one is left standing.
  equal(drawings.length >= 2, true, JSON.stringify(stdout));
  const last = drawings.pop() ?? "";
  for (const drawing of drawings) equal(drawing.includes("\x1b[?7h\x1b[1A\r"), true);
  equal(last.endsWith("\x1b[?7h\r\n"), true);
});

Deno.test("cubic stats --stream --json is one object a line", async () => {
  await using cli = await Cli.create();
  await using _guest = await pretendGuest(await cli.app());
  const signal = AbortSignal.timeout(3500);
  const { status, stdout } = await cli.run(["stats", "--stream", "--json", "-n", "1s"], { signal });
  equal(status, 130);
  const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line).name);
  equal(lines.length >= 2 && lines.every((name) => name === "web"), true, stdout);
});

Deno.test("cubic events prints a line for each event and ends after the one that was asked for", async () => {
  await using cli = await Cli.withImage();
  const people = cli.run(["events", "--until", "deleted"]);
  const programs = cli.run(["events", "web", "--json", "--until", "deleted"]);
  // The first look is taken before anything happens.
  await new Promise((resolve) => setTimeout(resolve, 400));
  await cli.ok(`create web -i ${IMAGE}`);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await cli.ok("delete web --yes");
  const { status, stdout, stderr } = await people;
  deepEqual([status, stderr], [0, ""]);
  const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
  match(stdout, new RegExp(`^${time} web created\n${time} web deleted\n$`));
  const events = (await programs).stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  deepEqual(events.map(({ name, event }) => [name, event]), [["web", "created"], [
    "web",
    "deleted",
  ]]);
});

Deno.test("cubic events ends after its time with 0, by Ctrl-C with 130", async () => {
  await using cli = await Cli.create();
  const { status, stdout } = await cli.run(["events", "--for", "700ms"]);
  deepEqual([status, stdout], [0, ""]);
  const signal = AbortSignal.timeout(300);
  equal((await cli.run(["events"], { signal })).status, 130);
  equal((await cli.run(["events", "--until", "lunch"])).status, 2);
  equal((await cli.run(["events", "no such name"])).status, 2);
});

Deno.test("cubic events --until takes every event that there is", async () => {
  await using cli = await Cli.create();
  const { stderr } = await cli.run(["events", "--until", "lunch"]);
  for (const kind of EVENT_KINDS) match(stderr, new RegExp(`\\b${kind}\\b`));
});

Deno.test("cubic ssh-config prints, installs and removes", async () => {
  await using cli = await Cli.withImage();
  const none = await cli.ok("ssh-config");
  deepEqual([none.stdout, /^No instances yet/.test(none.stderr)], ["", true]);
  deepEqual(json(await cli.ok("ssh-config --json")), []);
  await cli.ok(`create web -i ${IMAGE} --user ann`);
  const printed = await cli.ok("ssh-config web");
  equal(printed.stdout, await Deno.readTextFile(instanceFiles(cli.paths, "web").sshConfig));
  equal((await cli.ok("ssh-config -q")).stdout, "web.cubic\n");
  const env = { HOME: cli.home };
  const config = `${cli.home}/.ssh/config`;
  match((await cli.ok("ssh-config --install", { env })).stderr, /includes the instances now/);
  match((await cli.ok("ssh-config --install", { env })).stderr, /included the instances already/);
  equal(await Deno.readTextFile(config), `Include "${cli.paths.instances}/*/ssh_config"\n`);
  match((await cli.ok("ssh-config --remove", { env })).stderr, /Removed the line/);
  match((await cli.ok("ssh-config --remove", { env })).stderr, /No line of cubic's/);
  equal((await cli.run(["ssh-config", "web", "--install"])).status, 2);
  equal((await cli.run(["ssh-config", "none"])).status, 3);
});

Deno.test("cubic logs --cloud-init of a stopped instance tells why it can't, with 4", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  const { status, stderr } = await cli.run(["logs", "web", "--cloud-init"]);
  equal(status, 4);
  match(stderr, /its log is in the guest, which is stopped\nhint: `cubic start web --wait`/);
  equal((await cli.run(["logs", "web", "--qemu", "--console"])).status, 2);
});

Deno.test("cubic logs shows a terminal no escapes and a pipe every byte", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  const said = "\x1b]0;owned\x07\x1b[32m OK \x1b[0m\r\n";
  await Deno.writeTextFile(instanceFiles(cli.paths, "web").consoleLog, said);
  equal((await cli.ok("logs web")).stdout, said);
  equal((await cli.ok("logs web --console", { terminal: ["stdout"] })).stdout, " OK \n");
});

Deno.test("cubic logs --json is an object a line, and nothing while nothing was said", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  const nothing = await cli.ok("logs web --json");
  equal(nothing.stdout, "");
  match(nothing.stderr, /Nothing yet/);
  const said = "\x1b[32m OK \x1b[0m\r\n\x9b2J half\n\nlast";
  await Deno.writeTextFile(instanceFiles(cli.paths, "web").consoleLog, said);
  const { stdout } = await cli.ok("logs web --json", { terminal: ["stdout"] });
  const objects = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  deepEqual(
    objects,
    ["\x1b[32m OK \x1b[0m", "\x9b2J half", "", "last"]
      .map((line) => ({ name: "web", source: "console", line })),
  );
  // deno-lint-ignore no-control-regex -- none of these may come through
  doesNotMatch(stdout, /[\x1b\x9b]/);
});

Deno.test("cubic show takes an image's name", async () => {
  await using cli = await Cli.withImage();
  const shown = json<Record<string, unknown>>(await cli.ok("show debian:12 --json"));
  equal(shown["distro"], "debian");
  const { stdout } = await cli.ok("show debian:12");
  const lines = [
    new RegExp(`^Name: +${IMAGE}:${shown["arch"]}$`, "m"),
    new RegExp(`^Digest: +sha512 ${String(shown["digest"]).replace("sha512-", "")}$`, "m"),
    new RegExp(`^File: +${RegExp.escape(String(shown["path"]))}$`, "m"),
    /^Source: +built$/m,
    /^Verified: +\S/m,
    /^Size: +\d.* [KM]$/m,
    /^Disk: +64 M$/m,
  ];
  for (const line of lines) match(stdout, line);
  equal((await cli.ok("show debian:12")).stdout, (await cli.ok("image show debian:12")).stdout);
});

Deno.test("cubic ssh -A and exec -A say when there is no agent", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  for (const args of [["ssh", "-A", "web"], ["exec", "-A", "web", "--", "true"]]) {
    const { status, stderr } = await cli.run(args, { env: { SSH_AUTH_SOCK: "" } });
    equal(status, 1);
    match(
      stderr,
      /Cannot lend the guest your ssh-agent: SSH_AUTH_SOCK is not set\nhint: .*ssh-add/,
    );
  }
});

Deno.test({
  name: "plain ssh finds an instance on the port that it was really started on",
  // QEMU is let go of on purpose; Deno would call it a leak.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using cli = await Cli.withImage();
    try {
      const { sshPort } = json<{ readonly sshPort: number }>(
        await cli.ok(`create web -i ${IMAGE} -c 1 -m 256M -d 64M --json`),
      );
      const { sshConfig } = instanceFiles(cli.paths, "web");
      match(await Deno.readTextFile(sshConfig), new RegExp(`^  Port ${sshPort}$`, "m"));
      using _taken = Deno.listen({ hostname: "127.0.0.1", port: sshPort });
      const [started] = json<{ readonly sshPort: number }[]>(
        await cli.ok("start web --accel off --json"),
      );
      notEqual(started?.sshPort, sshPort);
      match(await Deno.readTextFile(sshConfig), new RegExp(`^  Port ${started?.sshPort}$`, "m"));
      await cli.ok("stop web --kill");
      // As a command leaves it that was killed between the two files.
      await Deno.writeTextFile(sshConfig, "");
      await cli.ok("start web --accel off");
      match(await Deno.readTextFile(sshConfig), new RegExp(`^  Port ${started?.sshPort}$`, "m"));
    } finally {
      await cli.run(["stop", "--all", "--kill"]);
    }
  },
});
