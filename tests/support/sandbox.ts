/** A cubic of its own: the real program as processes, in a temporary home, with nothing left behind. */
import { join } from "node:path";
import { addImage } from "../../core/images/store.ts";
import { digestFile } from "../../core/images/digest.ts";
import { realHost } from "../../core/host.ts";
import { checkResult } from "./schema_check.ts";

const ROOT = join(import.meta.dirname!, "..", "..");

/** What a finished cubic left. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A temporary home in which cubic runs. */
export interface Sandbox extends AsyncDisposable {
  readonly home: string;
  /** What a shell needs to run cubic here. */
  readonly env: Readonly<Record<string, string>>;
  /** The names of the sockets that are there. */
  sockets(): Promise<string[]>;
  /** Runs cubic to its end. */
  cubic(...args: string[]): Promise<Finished>;
  /** Runs cubic and fails unless it exits with 0; returns its stdout. */
  ok(...args: string[]): Promise<string>;
  /** Runs cubic --json and returns what it printed; fails when that does not fit the command's schema. */
  // deno-lint-ignore no-explicit-any -- tests look into the JSON as a script would
  json(...args: string[]): Promise<any>;
  /** Starts cubic with piped streams. */
  spawn(...args: string[]): Deno.ChildProcess;
  /** The pids of the QEMUs that were started here, whoever knows of them. */
  qemus(): Promise<{ readonly pid: number; readonly command: string }[]>;
}

/** How cubic is started: by Deno from the source, or a compiled program named in CUBIC_TEST_PROGRAM. */
function program(): { readonly command: string; readonly args: readonly string[] } {
  const compiled = Deno.env.get("CUBIC_TEST_PROGRAM");
  if (compiled) return { command: compiled, args: [] };
  return { command: Deno.execPath(), args: ["run", "-A", "--quiet", join(ROOT, "main.ts")] };
}

/** Makes a sandbox. `env` is added to the environment of every cubic in it. */
export async function makeSandbox(env: Record<string, string> = {}): Promise<Sandbox> {
  const home = await Deno.makeTempDir({ prefix: "cubic-test-" });
  // Short, because it will hold sockets.
  const temp = await Deno.makeTempDir({ dir: "/tmp", prefix: "cr" });
  const { command, args: before } = program();
  const environment = { CUBIC_HOME: home, TMPDIR: temp, NO_COLOR: "1", ...env };
  const start = (args: readonly string[], stdin: "null" | "piped"): Deno.ChildProcess =>
    new Deno.Command(command, {
      args: [...before, ...args],
      env: environment,
      stdin,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  const cubic = async (...args: string[]): Promise<Finished> => {
    const { code, stdout, stderr } = await start(args, "null").output();
    const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
    return { code, stdout: decode(stdout), stderr: decode(stderr) };
  };
  const ok = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await cubic(...args);
    if (code === 0) return stdout;
    throw new Error(`cubic ${args.join(" ")} ended with ${code}:\n${stderr}`);
  };
  return {
    home,
    env: { CUBIC_HOME: home, TMPDIR: temp },
    sockets: () => namesIn(join(temp, `cubic-${Deno.uid()}`)),
    cubic,
    ok,
    json: async (...args) => {
      const value = JSON.parse(await ok(...args, "--json"));
      checkResult(args, value);
      return value;
    },
    spawn: (...args) => start(args, "piped"),
    qemus: () => qemusOf(home),
    async [Symbol.asyncDispose]() {
      for (const { pid } of await qemusOf(home)) Deno.kill(pid, "SIGKILL");
      await Deno.remove(home, { recursive: true });
      await Deno.remove(temp, { recursive: true });
    },
  };
}

/**
 * Puts an empty disk into the sandbox's store as debian:bookworm of this host's architecture: a guest that stays
 * in its firmware, for all that needs a QEMU but no operating system.
 */
export async function addBlankImage({ home }: Pick<Sandbox, "home">): Promise<void> {
  const host = realHost();
  const file = join(home, "blank.qcow2");
  const { code, stderr } = await host.run("qemu-img", ["create", "-q", "-f", "qcow2", file, "64M"]);
  if (code !== 0) throw new Error(stderr);
  const arch = host.arch;
  await addImage({ images: join(home, "images") }, {
    file,
    checksum: { algorithm: "sha256", digest: await digestFile(file, "sha256") },
    facts: {
      names: [`debian:bookworm:${arch}`, `debian:12:${arch}`],
      ...{ distro: "debian", release: "bookworm", codename: "bookworm", version: "12", arch },
      ...{ source: "built", verified: "built" },
    },
    now: Date.now(),
  });
}

async function namesIn(directory: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name);
}

async function qemusOf(home: string): Promise<{ pid: number; command: string }[]> {
  const { stdout } = await realHost().run("ps", ["-axo", "pid=,stat=,args="]);
  return stdout.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line);
    const [, pid, stat, command] = match ?? [];
    const ours = command?.includes("qemu-system-") && command.includes(`${home}/`) &&
      !stat?.startsWith("Z");
    return ours ? [{ pid: Number(pid), command: command! }] : [];
  });
}

/** Starts a command and kills it after that time, if it has not ended by then. */
export async function killAfter(
  sandbox: Pick<Sandbox, "spawn">,
  command: readonly string[],
  ms: number,
): Promise<void> {
  const child = sandbox.spawn(...command);
  await new Promise((resolve) => setTimeout(resolve, ms));
  try {
    child.kill("SIGKILL");
  } catch {
    // It was faster this time.
  }
  await child.output();
}

/** Waits until something holds; throws with the description when it does not within the time. */
export async function eventually(
  what: string,
  holds: () => Promise<boolean>,
  timeoutMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
