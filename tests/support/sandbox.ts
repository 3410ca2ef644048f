/** A cubic of its own: the real program as processes, in a temporary home, with nothing left behind. */
import { join } from "node:path";
import { addImage } from "../../core/images/store.ts";
import { digestFile } from "../../core/images/digest.ts";
import { realHost } from "../../core/host.ts";
import { type Program, testProgram } from "./program.ts";
import { checkResult } from "./schema_check.ts";

/** What a finished cubic left. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A temporary home in which cubic runs. */
export interface Sandbox extends AsyncDisposable {
  readonly home: string;
  /** The whole environment of a shell that runs cubic here. */
  readonly env: Readonly<Record<string, string>>;
  /** cubic as words for such a shell. */
  readonly command: string;
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
  /** Runs a program to its end, in the environment of the shell. */
  run(command: string, ...args: string[]): Promise<Finished>;
  /** The pids of the QEMUs that were started here, whoever knows of them. */
  qemus(): Promise<{ readonly pid: number; readonly command: string }[]>;
}

/** Makes a sandbox. `env` is added to the environment of every cubic in it. */
export async function makeSandbox(
  env: Record<string, string> = {},
  program?: Program,
): Promise<Sandbox> {
  const { words: [command = "", ...before], env: outer } = program ?? await testProgram();
  const home = await Deno.makeTempDir({ prefix: "cubic-test-" });
  // Short, because it will hold sockets.
  const temp = await Deno.makeTempDir({ dir: "/tmp", prefix: "cr" });
  const shell = { ...outer, CUBIC_HOME: home, TMPDIR: temp };
  const options = { clearEnv: true, stdin: "null", stdout: "piped", stderr: "piped" } as const;
  const own = { ...options, env: { ...shell, NO_COLOR: "1", ...env } };
  const cubic = (...args: string[]): Promise<Finished> =>
    finish(new Deno.Command(command, { ...own, args: [...before, ...args] }));
  const ok = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await cubic(...args);
    if (code === 0) return stdout;
    throw new Error(`cubic ${args.join(" ")} ended with ${code}:\n${stderr}`);
  };
  return {
    home,
    env: shell,
    command: [command, ...before].map((word) => `'${word}'`).join(" "),
    sockets: () => namesIn(join(temp, `cubic-${Deno.uid()}`)),
    cubic,
    ok,
    json: async (...args) => {
      const value = JSON.parse(await ok(...args, "--json"));
      checkResult(args, value);
      return value;
    },
    spawn: (...args) =>
      new Deno.Command(command, { ...own, stdin: "piped", args: [...before, ...args] }).spawn(),
    run: (command, ...args) => finish(new Deno.Command(command, { ...options, env: shell, args })),
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

async function finish(command: Deno.Command): Promise<Finished> {
  const { code, stdout, stderr } = await command.output();
  const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

/** None, too, where there is no such directory. */
async function namesIn(directory: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(directory)).catch(() => []);
  return entries.map(({ name }) => name);
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
