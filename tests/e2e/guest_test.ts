/**
 * The whole path on a real guest, offline: an image made by `cubic image build`, served under Debian's own layout,
 * downloaded, verified, booted, used, stopped and deleted. One booted guest serves all steps.
 * CUBIC_TEST_BYTES sets how much goes through a pipe each way (16 MiB).
 */
import { equal, match, ok } from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { realHost } from "../../core/host.ts";
import { guestImage } from "../support/image.ts";
import { serveDebianImage } from "../support/mirror.ts";
import { eventually, makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { openTerminal } from "../support/tmux.ts";
import { echoBytes, keepApart, returnExitCodes } from "./exec_steps.ts";
import { copyAwkwardNames, fillDisk, losePower } from "./transfer_steps.ts";
import { cloneGuest, lookAtGuest } from "./machine_steps.ts";

const PIPE_BYTES = Number(Deno.env.get("CUBIC_TEST_BYTES") ?? 16 * 1024 ** 2);

Deno.test("a Debian guest does all that is promised", async (t) => {
  const image = await guestImage();
  await using mirror = await serveDebianImage(image, realHost().arch);
  await using sandbox = await makeSandbox();
  await Deno.writeTextFile(
    join(sandbox.home, "config.toml"),
    `[mirror]\ndebian = "${mirror.url}"\n`,
  );
  const httpPort = freePort();

  await t.step("create downloads the image, verifies it and keeps it", async () => {
    await sandbox.ok(
      ...["create", "web", "--image", "debian:bookworm", "--user", "ada", "--memory", "1G"],
      ...["--cpus", "2", "--disk", "20G", "--port", `${httpPort}:8000`],
      ...["--execute", "echo first boot >> /var/log/executed"],
    );
    const asked = (): number => mirror.requests.filter((path) => path.endsWith(".qcow2")).length;
    // Its first bytes tell whether it fits on the disk, before it is downloaded.
    equal(asked(), 2);
    await sandbox.ok("create", "other", "--image", "debian:12");
    equal(asked(), 2, "fetched again");
    await sandbox.ok("delete", "other", "--yes");
  });

  await t.step("start --wait returns when the guest can be logged in to", async () => {
    const [started] = await sandbox.json("start", "web", "--wait");
    equal(started.state, "running");
    equal(await exec(sandbox, "--", "hostname"), "web\n");
    equal(await exec(sandbox, "--", "id", "-un"), "ada\n");
  });

  await t.step("the disk has grown, sudo works, --execute ran", async () => {
    const kilobytes = Number((await exec(sandbox, "df --output=size / | tail -1")).trim());
    ok(kilobytes > 15 * 1024 ** 2, `${kilobytes} K`);
    equal(await exec(sandbox, "--", "sudo", "-n", "id", "-u"), "0\n");
    await eventually(
      "cloud-init is done",
      async () =>
        (await sandbox.cubic("exec", "web", "--", "test", "-e", "/var/log/executed")).code === 0,
      180_000,
    );
    equal(await exec(sandbox, "--", "cat", "/var/log/executed"), "first boot\n");
  });

  await t.step("exec returns exit codes and signals", () => returnExitCodes(sandbox));

  await t.step("exec keeps arguments, environment and streams apart", () => keepApart(sandbox));

  await t.step("exec takes its input from a file, a pipe and nowhere", async () => {
    equal(await exec(sandbox, "--", "wc", "-c"), "0\n");
    const file = join(sandbox.home, "input");
    await Deno.writeFile(file, randomBytes(100_001));
    const cubic = sandbox.command;
    for (
      const line of [
        `${cubic} exec web -- wc -c <${file}`,
        `cat ${file} | ${cubic} exec web -- wc -c`,
      ]
    ) {
      const { stdout, stderr } = await sandbox.run("sh", "-c", line);
      equal(stdout, "100001\n", stderr);
    }
    // No terminal at all: not even one to open.
    const line = `${cubic} exec web -- echo ok </dev/null`;
    equal((await sandbox.run("setsid", "sh", "-c", line)).stdout, "ok\n");
  });

  await t.step(`${PIPE_BYTES} random bytes go through cat and come back the same`, async () => {
    await echoBytes(sandbox, PIPE_BYTES);
  });

  await t.step("Ctrl-C ends the command here and in the guest", async () => {
    const child = sandbox.spawn("exec", "web", "--", "sleep", "987");
    await eventually(
      "sleep runs",
      async () =>
        (await sandbox.cubic("exec", "web", "--", "pgrep", "-fx", "sleep 987")).code === 0,
    );
    child.kill("SIGINT");
    equal((await child.output()).code, 130);
    await eventually(
      "sleep is gone",
      async () =>
        (await sandbox.cubic("exec", "web", "--", "pgrep", "-fx", "sleep 987")).code === 1,
    );
  });

  await t.step("scp copies a file in and out, whole and unchanged", async () => {
    const file = join(sandbox.home, "it's a file");
    const content = randomBytes(3 * 1024 ** 2 + 1);
    await Deno.writeFile(file, content, { mode: 0o640 });
    const copied = await sandbox.json("scp", file, "web:");
    equal(copied.bytes, content.length);
    equal(copied.route, "scp");
    equal(copied.target, "/home/ada/it's a file");
    const digest = createHash("sha256").update(content).digest("hex");
    match(await exec(sandbox, "--", "sha256sum", "it's a file"), new RegExp(`^${digest} `));
    await sandbox.ok("scp", "web:it's a file", join(sandbox.home, "back"));
    equal(
      createHash("sha256").update(await Deno.readFile(join(sandbox.home, "back"))).digest("hex"),
      digest,
    );
    const refused = await sandbox.cubic("scp", file, "web:/root/");
    equal(refused.code, 1);
    match(refused.stderr, /Cannot copy/);
    equal((await sandbox.cubic("scp", "web:none", sandbox.home)).code, 3);
  });

  await t.step("scp keeps every name, and runs none", () => copyAwkwardNames(sandbox, "web"));

  await t.step("scp says that the guest's disk is full", () => fillDisk(sandbox, "web"));

  await t.step("a forwarded port leads into the guest", async () => {
    await exec(
      sandbox,
      "mkdir -p srv && echo hello >srv/index.html && (setsid python3 -m http.server -d srv 8000 >/dev/null 2>&1 </dev/null &)",
    );
    await eventually("the server answers", async () => {
      const answer = await fetch(`http://127.0.0.1:${httpPort}/`).catch(() => undefined);
      return await answer?.text() === "hello\n";
    }, 60_000);
  });

  await t.step("ssh is a terminal: size, resizing, ~. and what is left behind", async () => {
    await using terminal = await openTerminal(sandbox.home, sandbox.env);
    await terminal.type(`stty -a >before; ${sandbox.command} ssh web; echo status $?`, "Enter");
    await terminal.waitFor(/ada@web/, 60_000);
    await terminal.type("stty size; echo $TERM; tty", "Enter");
    await terminal.waitFor(/24 80\s+(screen|tmux)\S*\s+\/dev\/pts/);
    await terminal.resize(101, 33);
    await terminal.type("clear; stty size", "Enter");
    await terminal.waitFor(/33 101/);
    // The child itself says that it runs: a Ctrl-C before that would be the shell's.
    await terminal.type("sh -c 'echo it $((1 + 1)) runs; exec sleep 100'", "Enter");
    await terminal.waitFor(/it 2 runs/);
    await terminal.type("", "C-c");
    await terminal.type("echo interrupted $?", "Enter");
    await terminal.waitFor(/interrupted 130/);
    await terminal.type("exit 7", "Enter");
    await terminal.waitFor(/status 7/);
    await terminal.type("clear", "Enter");
    await terminal.waitFor(/^(?![^]*ada@web)/);
    await terminal.type(`${sandbox.command} ssh web; echo status $?`, "Enter");
    await terminal.waitFor(/ada@web/, 60_000);
    await terminal.type("", "Enter");
    await terminal.type("~.");
    await terminal.waitFor(/status 0/);
    // Compared at the size of before, which decides how stty breaks its lines.
    await terminal.resize(80, 24);
    await terminal.type("stty -a | cmp - before && echo terminal is restored", "Enter");
    await terminal.waitFor(/\nterminal is restored/);
  });

  await t.step("the console can be attached to and left, logs show what it said", async () => {
    await using terminal = await openTerminal(sandbox.home, sandbox.env);
    await terminal.type(`${sandbox.command} console web; echo status $?`, "Enter");
    await terminal.waitFor(/Attached to web/);
    await terminal.type("", "Enter");
    await terminal.waitFor(/web login:/, 60_000);
    await terminal.type("", "Enter");
    await terminal.type("~.");
    await terminal.waitFor(/status 0/);
    match(await sandbox.ok("logs", "web"), /Linux version/);
    equal((await sandbox.ok("logs", "web", "-n", "2")).trimEnd().split("\n").length, 2);
  });

  await t.step(
    "wait, logs, stats, ports, modify and plain ssh know the running guest",
    async () => {
      await lookAtGuest(sandbox, "web");
    },
  );

  await t.step("restart comes back with what was written", async () => {
    await exec(sandbox, "echo kept >kept");
    const [restarted] = await sandbox.json("restart", "web");
    equal(restarted.state, "running");
    equal(await exec(sandbox, "--", "cat", "kept"), "kept\n");
    // What --execute asked for belongs to the first boot.
    equal(await exec(sandbox, "--", "cat", "/var/log/executed"), "first boot\n");
    equal(await canReachHost(sandbox, "web"), true);
  });

  await t.step("stop shuts down cleanly, and scp says that the instance is stopped", async () => {
    const stopped = await sandbox.cubic("stop", "web");
    equal(stopped.code, 0, stopped.stderr);
    match(stopped.stderr, /Stopped web/);
    const refused = await sandbox.cubic("scp", "web:kept", sandbox.home);
    equal(refused.code, 4);
    match(refused.stderr, /cubic start web/);
  });

  await t.step("run --rm makes an isolated guest that goes with its shell", async () => {
    await using terminal = await openTerminal(sandbox.home, sandbox.env);
    const options = "--image debian:bookworm --user ada --isolate";
    await terminal.type(`${sandbox.command} run --rm alone ${options}; echo status $?`, "Enter");
    await terminal.waitFor(/ada@alone/, 600_000);
    equal(await canReachHost(sandbox, "alone"), false);
    await terminal.type("exit 3", "Enter");
    await terminal.waitFor(/status 3/);
    equal((await sandbox.json("instances")).length, 1);
  });

  await t.step(
    "a clone under another name has what its source had, and an identity of its own",
    async () => {
      await cloneGuest(sandbox, "web", "twin");
    },
  );

  await t.step("scp ends when the guest loses its power", async () => {
    await losePower(sandbox, "twin");
    await sandbox.ok("start", "twin");
  });

  await t.step("delete leaves nothing, running or not", async () => {
    await sandbox.ok("delete", "web", "twin", "--yes");
    equal((await sandbox.qemus()).length, 0);
    equal((await sandbox.json("instances")).length, 0);
  });
});

/** Runs a command in the guest and returns its output. */
function exec(sandbox: Sandbox, ...command: string[]): Promise<string> {
  return sandbox.ok("exec", "web", ...command);
}

/** Whether the guest can open a connection to a server on this host, which slirp shows it as 10.0.2.2. */
async function canReachHost(sandbox: Sandbox, name: string): Promise<boolean> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    const connect = `timeout 5 bash -c 'exec 3<>/dev/tcp/10.0.2.2/${listener.addr.port}' 2>&1`;
    return (await sandbox.cubic("exec", name, connect)).code === 0;
  } finally {
    listener.close();
  }
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return listener.addr.port;
}
