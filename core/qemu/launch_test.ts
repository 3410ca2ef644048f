import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { realHost } from "../host.ts";
import { isAlive, type ProcessIdentity, signalProcess, waitForEnd } from "../process.ts";
import { lastLines, launchQemu } from "./launch.ts";
import { answering, serveQmp } from "../../tests/support/qmp_server.ts";
import { makeTempDir } from "../../tests/support/temp_dir.ts";

const host = realHost();

/** What a QEMU does that is given this script. */
interface Place extends AsyncDisposable {
  readonly socket: string;
  readonly log: string;
  launch(script: string, signal?: AbortSignal): Promise<ProcessIdentity>;
  /** Every process that was started. */
  readonly seen: ProcessIdentity[];
}

Deno.test("launchQemu() returns the process that answers, written down before it was waited for", async () => {
  await using place = await makePlace();
  await using _qmp = serveQmp(
    place.socket,
    answering(() => ({ status: "running", running: true })),
  );
  const process = await place.launch("echo hello; exec sleep 600");
  deepEqual(place.seen, [process]);
  ok(await isAlive(host, process));
  equal(await Deno.readTextFile(place.log), "hello\n");
});

Deno.test("launchQemu() makes QEMU the leader of a session of its own", async () => {
  await using place = await makePlace();
  await using _qmp = serveQmp(
    place.socket,
    answering(() => ({ status: "running", running: true })),
  );
  const { pid } = await place.launch("exec sleep 600");
  const { stdout } = await host.run("ps", ["-o", "pgid=,tty=", "-p", String(pid)]);
  match(stdout.trim(), new RegExp(`^${pid}\\s+\\?`));
});

Deno.test("launchQemu() tells QEMU's last words when it dies, and what they mean", async () => {
  const words: Readonly<Record<string, { code: string; message: RegExp }>> = {
    "qemu: something": { code: "qemu-failed", message: /^Cannot start QEMU/ },
    "qemu: Could not set up host forwarding rule 'tcp:127.0.0.1:80-:80'": {
      code: "port-taken",
      message: /tcp:127\.0\.0\.1:80-:80/,
    },
    'qemu: Failed to get "write" lock': { code: "locked", message: /another process/ },
    "qemu: cannot set up guest memory: Cannot allocate memory": {
      code: "qemu-failed",
      message: /too little free memory/,
    },
  };
  for (const [text, expected] of Object.entries(words)) {
    await using place = await makePlace();
    await rejects(place.launch(`cat <<'END' >&2\n${text}\nEND\nexit 1`), (error: Error) => {
      match(error.message, expected.message);
      equal((error as { code?: string }).code, expected.code);
      equal((error as { details?: string }).details, text);
      return true;
    });
  }
});

Deno.test("launchQemu() says so when the program can't be run at all", async () => {
  await using place = await makePlace();
  await rejects(
    launchQemu(
      host,
      { program: "/nonexistent/qemu", args: [], qmpSocket: place.socket, log: place.log },
      () => Promise.resolve(),
      new AbortController().signal,
    ),
    { code: "qemu-failed", details: /nonexistent/ },
  );
});

Deno.test("launchQemu() leaves no process behind when it is interrupted", async () => {
  await using place = await makePlace();
  const controller = new AbortController();
  const launching = place.launch(
    "trap '' TERM HUP INT; while :; do sleep 0.1; done",
    controller.signal,
  );
  const interrupted = rejects(launching, { code: "interrupted" });
  setTimeout(() => controller.abort(), 50);
  await interrupted;
  equal(place.seen.length, 1);
  equal(await isAlive(host, place.seen[0]!), false);
});

Deno.test("launchQemu() leaves no process behind when it can't be written down", async () => {
  await using place = await makePlace();
  let started: ProcessIdentity | undefined;
  await rejects(
    launchQemu(
      host,
      { program: "sleep", args: ["600"], qmpSocket: place.socket, log: place.log },
      (process) => {
        started = process;
        return Promise.reject(new Error("disk full"));
      },
      new AbortController().signal,
    ),
    { message: "disk full" },
  );
  equal(await isAlive(host, started!), false);
});

Deno.test("lastLines() are the last ones that say something, without what drives a terminal", async () => {
  await using dir = await makeTempDir();
  const path = join(dir.path, "log");
  equal(await lastLines(path), "");
  await Deno.writeTextFile(path, "one\n\ntwo  \r\nthree");
  equal(await lastLines(path, 2), "two\nthree");
  const escapes: Readonly<Record<string, string>> = {
    "\x1b[2J\x1b[1;31mred\x1b[0m": "red",
    "\x1b]0;title\x07text": "text",
    "\x1b]3008;start=1;type=boot\x1b\\text": "text",
    "\x1b]52;c;aGk=": "",
    "\x1bPq#0\x1b\\sixel": "sixel",
    "\x1bcreset\x1b(B": "reset",
    "bell\x07back\x08\x7f\x9b31m": "bellback31m",
    "tab\tkept é \u{1f600}": "tab\tkept é \u{1f600}",
  };
  for (const [text, plain] of Object.entries(escapes)) {
    await Deno.writeTextFile(path, text);
    equal(await lastLines(path), plain, JSON.stringify(text));
  }
});

async function makePlace(): Promise<Place> {
  const dir = await makeTempDir({ short: true });
  const socket = join(dir.path, "qmp");
  const log = join(dir.path, "log");
  const seen: ProcessIdentity[] = [];
  return {
    ...{ socket, log, seen },
    launch: (script, signal = new AbortController().signal) =>
      launchQemu(
        host,
        { program: "/bin/sh", args: ["-c", script], qmpSocket: socket, log },
        (process) => Promise.resolve(void seen.push(process)),
        signal,
      ),
    async [Symbol.asyncDispose]() {
      for (const process of seen) {
        await signalProcess(host, process, "SIGKILL");
        await waitForEnd(host, process, 10_000);
      }
      await dir[Symbol.asyncDispose]();
    },
  };
}
