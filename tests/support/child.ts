/** Child processes of a test that end with `await using`, whatever happens. */

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** A child that runs until it is told to end, and its end. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
  readonly process: Deno.ChildProcess;
  /** Ends it and returns when it is reaped. */
  end(): Promise<void>;
}

/** Starts a program that is good for nothing but being there. */
export function startSleeper(): Child {
  return startChild("sleep", ["600"]);
}

/** Starts a process whose command line is like that of an instance's QEMU; nothing else of it is. */
export function startPretendedQemu(uuid: string): Child {
  const script = "while sleep 0.2; do :; done";
  return startChild("sh", ["-c", script, "qemu-system-x86_64", "-uuid", uuid]);
}

/** Starts a program. */
export function startChild(
  command: string,
  args: readonly string[],
  stdout: "null" | "piped" = "null",
): Child {
  const process = new Deno.Command(command, {
    args: [...args],
    stdin: "null",
    stdout,
    stderr: "inherit",
  }).spawn();
  const end = async (): Promise<void> => {
    try {
      process.kill("SIGKILL");
    } catch {
      // Ended by itself.
    }
    await process.status;
    if (stdout === "piped" && !process.stdout.locked) await process.stdout.cancel();
  };
  return { pid: process.pid, process, end, [Symbol.asyncDispose]: end };
}

/** Starts a TypeScript program that may import from the repository; `source` is its text. */
export function startScript(source: string, args: readonly string[] = []): Child {
  // The one place relative imports of a program that is no file can stand on.
  const base = new URL("../../", import.meta.url).href;
  const text = source.replaceAll('from "/', `from "${base}`);
  const url = `data:application/typescript;base64,${btoa(text)}`;
  return startChild(
    Deno.execPath(),
    ["run", "-A", "--quiet", "--no-check", "--config", `${ROOT}/deno.json`, url, ...args],
    "piped",
  );
}

/** The first line a child prints. */
export async function firstLine(child: Child): Promise<string> {
  let text = "";
  const reader = child.process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    while (!text.includes("\n")) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`The child ended without a line: ${JSON.stringify(text)}`);
      text += value;
    }
  } finally {
    await reader.cancel();
  }
  return text.slice(0, text.indexOf("\n"));
}

/** Leaves a socket as a process does that was killed while it listened on it. */
export async function leaveDeadSocket(path: string): Promise<void> {
  const source = `
    const listener = Deno.listen({ transport: "unix", path: Deno.args[0] });
    console.log("there");
    await listener.accept();`;
  await using child = startScript(source, [path]);
  await firstLine(child);
  await child.end();
  await Deno.lstat(path);
}
