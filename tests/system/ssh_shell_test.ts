/** Interactive sessions against OpenSSH's own server: terminal size, detaching, hanging up. */
import { equal, match } from "node:assert/strict";
import { connect, type SshConnection } from "../../core/ssh/client.ts";
import type { TerminalSize } from "../../core/ssh/process.ts";
import { shell, type ShellEnd } from "../../core/ssh/shell.ts";
import { startSshd } from "../support/sshd.ts";

const never = new AbortController().signal;
const PTY = { term: "xterm", columns: 101, rows: 33 };

async function withGuest(run: (connection: SshConnection) => Promise<void>): Promise<void> {
  await using sshd = await startSshd();
  using connection = await connect(sshd.target, { signal: never });
  await run(connection);
  connection.close();
  await connection.closed;
}

/** A session whose user reads what the guest shows and types in answer. */
class Terminal {
  screen = "";
  notices = "";
  resize: (size: TerminalSize) => void = () => {};
  readonly #input = new TransformStream<Uint8Array, Uint8Array>();
  readonly #writer = this.#input.writable.getWriter();
  #wake: () => void = () => {};

  type(text: string): Promise<void> {
    return this.#writer.write(new TextEncoder().encode(text));
  }

  async until(text: RegExp): Promise<void> {
    const deadline = performance.now() + 10_000;
    while (!text.test(this.screen)) {
      if (performance.now() > deadline) throw new Error(`never saw ${text} in: ${this.screen}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, 200);
      });
    }
  }

  run(connection: SshConnection, command: string | undefined): Promise<ShellEnd> {
    const stdout = new WritableStream<Uint8Array>({
      write: (bytes) => {
        this.screen += new TextDecoder().decode(bytes);
        this.#wake();
      },
    });
    return shell(connection, {
      command,
      stdin: this.#input.readable,
      stdout,
      stderr: new WritableStream(),
      pty: PTY,
      onResize: (listener) => {
        this.resize = listener;
        return () => this.resize = () => {};
      },
      notice: (text) => void (this.notices += text),
      signal: never,
    });
  }
}

Deno.test("shell() gives the guest a terminal of our size and follows its changes", () =>
  withGuest(async (connection) => {
    const terminal = new Terminal();
    const end = terminal.run(
      connection,
      // The traps come before what is waited for. Without one for INT, bash goes on when its child happens to end well.
      "trap 'stty size' WINCH; trap 'exit 7' INT; stty size; tty; echo $TERM; " +
        "while sleep 0.1; do :; done",
    );
    await terminal.until(/33 101/);
    await terminal.until(/xterm/);
    terminal.resize({ columns: 77, rows: 22 });
    await terminal.until(/22 77/);
    match(terminal.screen, /\/dev\//);
    await terminal.type("\x03"); // Ctrl-C is a byte here; the guest's terminal makes it a signal.
    equal((await end).kind, "exited");
  }));

Deno.test("shell() runs a login shell and returns its exit code", () =>
  withGuest(async (connection) => {
    const terminal = new Terminal();
    const end = terminal.run(connection, undefined);
    await terminal.type("echo $((6*7))\r");
    await terminal.until(/42/);
    await terminal.type("exit 5\r");
    const result = await end;
    equal(result.kind === "exited" && result.code, 5);
  }));

Deno.test("shell() detaches on ~. and hangs the session up", () =>
  withGuest(async (connection) => {
    const mark = await Deno.makeTempFile();
    const terminal = new Terminal();
    const end = terminal.run(
      connection,
      `trap 'echo hung up >${mark}; exit' HUP; echo up; while sleep 0.1; do :; done`,
    );
    await terminal.until(/up/);
    await terminal.type("\r~?");
    await terminal.type("~.");
    equal((await end).kind, "detached");
    match(terminal.notices, /leave this session/);
    for (let tries = 0; (await Deno.readTextFile(mark)) === "" && tries < 50; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    equal(await Deno.readTextFile(mark), "hung up\n");
    await Deno.remove(mark);
  }));

Deno.test("shell() sends a tilde that is none of ours", () =>
  withGuest(async (connection) => {
    const terminal = new Terminal();
    const end = terminal.run(connection, "stty -echo; read a; echo got:$a");
    await new Promise((resolve) => setTimeout(resolve, 300));
    await terminal.type("~~/x\r");
    await terminal.until(/got:~\/x/);
    equal((await end).kind, "exited");
  }));
