import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { realHost, sleep } from "./host.ts";
import { makeTempDir } from "../tests/support/temp_dir.ts";

const host = realHost();

Deno.test("run() keeps stdout and stderr apart and tells the exit status", async () => {
  const result = await sh("echo out; echo err >&2; exit 7");
  deepEqual(result, { code: 7, stdout: "out\n", stderr: "err\n" });
});

Deno.test("run() tells a signal as 128 and its number", async () => {
  equal((await sh("kill -9 $$")).code, 137);
});

Deno.test("run() gives the program an empty standard input, so that nothing waits for a key", async () => {
  deepEqual((await host.run("cat", [])).stdout, "");
});

Deno.test("run() adds to the environment and does not replace it", async () => {
  const { stdout } = await host.run("sh", ["-c", 'echo "$EXTRA ${PATH:+path}"'], {
    env: { EXTRA: "more" },
  });
  equal(stdout, "more path\n");
});

Deno.test("run() calls back once for every line, however it ends", async () => {
  const lines: string[] = [];
  const script = "printf 'a\\nb\\r\\n10%%\\r20%%\\rlast'";
  const { stdout } = await host.run("sh", ["-c", script], { onLine: (line) => lines.push(line) });
  deepEqual(lines, ["a", "b", "10%", "20%", "last"]);
  equal(stdout, "a\nb\r\n10%\r20%\rlast");
});

Deno.test("run() takes a line end that comes in two halves for one", async () => {
  const lines: string[] = [];
  const script = "printf 'a\\r'; sleep 0.1; printf '\\nb\\r'; sleep 0.1; printf 'c\\r'";
  await host.run("sh", ["-c", script], { onLine: (line) => lines.push(line) });
  deepEqual(lines, ["a", "b", "c"]);
});

Deno.test("run() takes a megabyte on both outputs at once without blocking", async () => {
  const script = "head -c 1000000 /dev/zero | tr '\\0' x | tee /dev/stderr";
  const { stdout, stderr } = await sh(script);
  deepEqual([stdout.length, stderr.length], [1_000_000, 1_000_000]);
});

Deno.test("run() says that a program is missing, and does not say so of a directory", async () => {
  await rejects(host.run("cubic-no-such-program", []), {
    code: "tool-missing",
    message: /"cubic-no-such-program"/,
  });
  await rejects(host.run("true", [], { cwd: "/nonexistent" }), { code: "failed" });
  await using dir = await makeTempDir();
  const path = join(dir.path, "text");
  await Deno.writeTextFile(path, "no program", { mode: 0o600 });
  await rejects(host.run(path, []), { code: "failed", message: /permission denied/ });
});

Deno.test("run() ends the program when aborted, and does not begin when it was before", async () => {
  const controller = new AbortController();
  const running = host.run("sleep", ["60"], { signal: controller.signal });
  controller.abort();
  await rejects(running, { code: "interrupted" });
  await rejects(host.run("true", [], { signal: controller.signal }), { code: "interrupted" });
});

Deno.test("run() does not wait for a grandchild that keeps the pipes open when aborted", async () => {
  const controller = new AbortController();
  let pid = 0;
  const running = host.run("sh", ["-c", "sleep 60 & echo $!; wait"], {
    signal: controller.signal,
    onLine: (line) => {
      pid = Number(line);
      controller.abort();
    },
  });
  const begin = performance.now();
  await rejects(running, { code: "interrupted" });
  ok(performance.now() - begin < 30_000);
  Deno.kill(pid, "SIGKILL");
});

Deno.test("sleep() ends at once when aborted, and listens no longer afterwards", async () => {
  const controller = new AbortController();
  await sleep(1, controller.signal);
  const waiting = sleep(60_000, controller.signal);
  controller.abort();
  await rejects(waiting, { code: "interrupted" });
  await rejects(sleep(60_000, controller.signal), { code: "interrupted" });
});

Deno.test("env() takes an empty variable for an unset one", () => {
  Deno.env.set("CUBIC_TEST_EMPTY", "");
  try {
    equal(host.env("CUBIC_TEST_EMPTY"), undefined);
  } finally {
    Deno.env.delete("CUBIC_TEST_EMPTY");
  }
});

function sh(script: string): ReturnType<typeof host.run> {
  return host.run("sh", ["-c", script]);
}
