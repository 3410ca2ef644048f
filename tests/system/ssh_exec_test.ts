/** exec against OpenSSH's own server: exit codes, streams, ends. */
import { equal, rejects } from "node:assert/strict";
import { createHash } from "node:crypto";
import { isCubicError } from "../../core/errors.ts";
import { connect, type SshConnection } from "../../core/ssh/client.ts";
import { exec, type ExecRequest } from "../../core/ssh/exec.ts";
import { startSshd } from "../support/sshd.ts";

const never = new AbortController().signal;

/** Bytes for the big copies; CUBIC_TEST_BYTES makes them longer. */
const BIG = Number(Deno.env.get("CUBIC_TEST_BYTES") ?? 64 * 1024 * 1024);

/** One server and one connection for the tests of this file; each test has its own channels. */
async function withGuest(run: (connection: SshConnection) => Promise<void>): Promise<void> {
  await using sshd = await startSshd();
  using connection = await connect(sshd.target, { signal: never });
  await run(connection);
  connection.close();
  await connection.closed;
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(
  connection: SshConnection,
  command: string,
  more: Partial<ExecRequest> = {},
): Promise<Ran> {
  const [stdout, stderr] = [new Collector(), new Collector()];
  const code = await exec(connection, {
    command,
    stdout: stdout.stream,
    stderr: stderr.stream,
    signal: never,
    ...more,
  });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

class Collector {
  text = "";
  readonly #decoder = new TextDecoder();
  readonly stream = new WritableStream<Uint8Array>({
    write: (bytes) => void (this.text += this.#decoder.decode(bytes, { stream: true })),
  });
}

function textStream(text: string): ReadableStream<Uint8Array> {
  return ReadableStream.from([new TextEncoder().encode(text)]);
}

Deno.test("exec() returns every exit code", () =>
  withGuest(async (connection) => {
    for (let code = 0; code < 256; code++) {
      equal((await run(connection, `exit ${code}`)).code, code);
    }
  }));

Deno.test("exec() returns 128 + signal for a killed command", () =>
  withGuest(async (connection) => {
    for (const [name, number] of [["KILL", 9], ["TERM", 15], ["INT", 2], ["SEGV", 11]] as const) {
      // The shell sshd starts is the one that is killed: sshd tells that as a signal.
      equal((await run(connection, `kill -${name} $$; sleep 5`)).code, 128 + number);
    }
    // A signal outside RFC 4254's list.
    equal((await run(connection, "kill -BUS $$; sleep 5")).code > 128, true);
  }));

Deno.test("exec() keeps stdout and stderr apart", () =>
  withGuest(async (connection) => {
    const { stdout, stderr } = await run(connection, "echo out; echo err >&2; echo out2");
    equal(stdout, "out\nout2\n");
    equal(stderr, "err\n");
  }));

Deno.test("exec() passes stdin on and its end", () =>
  withGuest(async (connection) => {
    const text = "x".repeat(100_000);
    equal((await run(connection, "wc -c", { stdin: textStream(text) })).stdout.trim(), "100000");
    equal((await run(connection, "wc -c", { stdin: ReadableStream.from([]) })).stdout.trim(), "0");
    equal((await run(connection, "wc -c")).stdout.trim(), "0");
    // Output that comes after the end of input.
    const late = await run(connection, "cat >/dev/null; sleep 0.1; echo late", {
      stdin: textStream("x"),
    });
    equal(late.stdout, "late\n");
  }));

Deno.test("exec() takes stdin from a file", () =>
  withGuest(async (connection) => {
    const file = await Deno.open(new URL(import.meta.url));
    const { size } = await file.stat();
    const { stdout } = await run(connection, "wc -c", { stdin: file.readable });
    equal(Number(stdout), size);
  }));

Deno.test("exec() ends with the command although stdin is open", () =>
  withGuest(async (connection) => {
    const stdin = new ReadableStream<Uint8Array>(); // Nothing ever comes.
    equal((await run(connection, "exit 3", { stdin })).code, 3);
    equal(stdin.locked, false);
    // A command that stops reading before its input ends.
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(65536)),
    });
    equal((await run(connection, "head -c 10 | wc -c", { stdin: endless })).stdout.trim(), "10");
  }));

Deno.test("exec() is byte-clean both ways at once with bounded memory", () =>
  withGuest(async (connection) => {
    const block = crypto.getRandomValues(new Uint8Array(65536));
    const [sent, got] = [createHash("sha256"), createHash("sha256")];
    let left = BIG;
    let received = 0;
    const before = Deno.memoryUsage().rss;
    let peak = before;
    const stdin = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (left <= 0) return controller.close();
        const piece = block.subarray(0, Math.min(block.length, left));
        piece[left % piece.length]! += 1; // Not the same block again and again.
        sent.update(piece);
        left -= piece.length;
        controller.enqueue(piece.slice());
      },
    }, { highWaterMark: 0 });
    const stdout = new WritableStream<Uint8Array>({
      write: (bytes) => {
        got.update(bytes);
        received += bytes.length;
        peak = Math.max(peak, Deno.memoryUsage().rss);
      },
    });
    equal((await run(connection, "cat", { stdin, stdout })).code, 0);
    equal(received, BIG);
    equal(got.digest("hex"), sent.digest("hex"));
    const grown = Math.round((peak - before) / 1e6);
    equal(grown < 150, true, `memory grew by ${grown} MB from ${Math.round(before / 1e6)} MB`);
  }));

Deno.test("exec() waits for a slow reader instead of filling memory", () =>
  withGuest(async (connection) => {
    const gate = Promise.withResolvers<void>();
    let got = 0;
    const stdout = new WritableStream<Uint8Array>({
      write: async (bytes) => {
        await gate.promise;
        got += bytes.length;
      },
    }, { highWaterMark: 0 });
    // The guest counts on stderr what it could get rid of.
    const stderr = new Collector();
    const command = "for i in $(seq 64); do head -c 1000000 /dev/zero; echo $i >&2; done";
    const done = run(connection, command, { stdout, stderr: stderr.stream });
    await new Promise((resolve) => setTimeout(resolve, 500));
    equal(stderr.text.includes("32"), false, "half of it was sent although nobody reads");
    gate.resolve();
    equal((await done).code, 0);
    equal(got, 64_000_000);
  }));

Deno.test("exec() returns 141 when our stdout is a closed pipe", () =>
  withGuest(async (connection) => {
    const stdout = new WritableStream<Uint8Array>({
      write: () => Promise.reject(new Deno.errors.BrokenPipe()),
    });
    equal((await run(connection, "yes", { stdout })).code, 141);
  }));

Deno.test("exec() interrupts the command when aborted", () =>
  withGuest(async (connection) => {
    const file = await Deno.makeTempFile();
    const abort = new AbortController();
    const stdout = new WritableStream<Uint8Array>({ write: () => abort.abort() });
    const started = performance.now();
    await rejects(
      run(connection, `trap 'echo got INT >${file}; exit 9' INT; echo up; sleep 20 & wait`, {
        stdout,
        signal: abort.signal,
      }),
      (error) => isCubicError(error, "interrupted"),
    );
    equal(performance.now() - started < 5000, true);
    // OpenSSH's sshd passes no signal on to root's sessions; closing the channel is what ends them.
    if (Deno.uid() !== 0) equal(await Deno.readTextFile(file), "got INT\n");
    await Deno.remove(file);
    // The connection is still good.
    equal((await run(connection, "echo fine")).stdout, "fine\n");
  }));

Deno.test("exec() leaves a command that ignores the interrupt", () =>
  withGuest(async (connection) => {
    const abort = new AbortController();
    const stdout = new WritableStream<Uint8Array>({ write: () => abort.abort() });
    const started = performance.now();
    await rejects(
      run(connection, "trap '' INT; echo up; sleep 4", { stdout, signal: abort.signal }),
      (error) => isCubicError(error, "interrupted"),
    );
    equal(performance.now() - started < 3000, true);
  }));

Deno.test("exec() says that the connection was lost", async () => {
  await using sshd = await startSshd();
  using connection = await connect(sshd.target, { signal: never });
  const stdout = new WritableStream<Uint8Array>({ write: () => sshd.killConnections() });
  await rejects(
    run(connection, "echo up; sleep 20", { stdout }),
    (error) => isCubicError(error, "ssh-failed"),
  );
  await connection.closed;
  equal(connection.lost, true);
  await rejects(run(connection, "true"), (error) => isCubicError(error, "ssh-failed"));
});

Deno.test("exec() survives rekeying in the middle of the stream", async () => {
  await using sshd = await startSshd({ config: ["RekeyLimit 2M"] });
  using connection = await connect(sshd.target, { signal: never });
  let count = 0;
  const stdout = new WritableStream<Uint8Array>({ write: (bytes) => void (count += bytes.length) });
  equal((await run(connection, "head -c 20000000 /dev/urandom", { stdout })).code, 0);
  equal(count, 20_000_000);
  connection.close();
  await connection.closed;
});
