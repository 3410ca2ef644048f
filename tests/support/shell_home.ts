/** What a shell needs to run `cubic`: a home, a directory to be in, and the program on its PATH. */
import { join } from "node:path";
import { realHost } from "../../core/host.ts";
import type { Cli } from "./cli.ts";

/** One of these. */
export interface ShellHome extends AsyncDisposable {
  /** Where the shell is; has a file whose name has a blank. */
  readonly directory: string;
  /** The instances of `cubic`. */
  readonly instances: string;
  readonly env: Record<string, string>;
  /** Runs a program there, with variables beside `env`. */
  run(
    argv: readonly string[],
    env: Record<string, string>,
  ): Promise<{ readonly stdout: string; readonly stderr: string }>;
  hasFile(name: string): Promise<boolean>;
}

const ROOT = join(import.meta.dirname ?? ".", "..", "..");

/** Makes one of the home of a {@linkcode Cli}, which is removed with it. */
export async function shellHome(cli: Cli): Promise<ShellHome> {
  const directory = await Deno.makeTempDir({ prefix: "cc-shell-" });
  const bin = join(directory, ".bin");
  await Deno.mkdir(bin);
  const words = program().map((word) => `'${word}'`).join(" ");
  await Deno.writeTextFile(join(bin, "cubic"), `#!/bin/sh\nexec ${words} "$@"\n`);
  await Deno.chmod(join(bin, "cubic"), 0o755);
  await Deno.writeTextFile(join(directory, "odd file.qcow2"), "");
  const env = {
    ...{ HOME: directory, CUBIC_HOME: cli.home, PATH: `${bin}:${Deno.env.get("PATH")}` },
    // Not below the home that a shell is made to lose.
    DENO_DIR: Deno.env.get("DENO_DIR") ?? await denoDir(),
  };
  return {
    directory,
    instances: cli.paths.instances,
    env,
    async run([shell = "", ...args], more) {
      const options = { args, cwd: directory, env: { ...env, ...more }, stdin: "null" as const };
      const { stdout, stderr } = await new Deno.Command(shell, options).output();
      const decoder = new TextDecoder();
      return { stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
    },
    async hasFile(name) {
      return await Deno.stat(join(directory, name)).then(() => true, () => false);
    },
    async [Symbol.asyncDispose]() {
      await Deno.remove(directory, { recursive: true });
      await cli[Symbol.asyncDispose]();
    },
  };
}

/** How cubic is started: from the source, or the compiled program that is to be tested. */
function program(): string[] {
  const compiled = Deno.env.get("CUBIC_TEST_PROGRAM");
  if (compiled !== undefined) return [compiled];
  const config = ["--config", join(ROOT, "deno.json")];
  return [Deno.execPath(), "run", "--quiet", "-A", ...config, join(ROOT, "main.ts")];
}

async function denoDir(): Promise<string> {
  const { stdout } = await realHost().run(Deno.execPath(), ["info", "--json"]);
  return JSON.parse(stdout).denoDir;
}
