/** What a shell needs to run `cubic`: a home, a directory to be in, and the program on its PATH. */
import { join } from "node:path";
import type { Cli } from "./cli.ts";
import { testProgram } from "./program.ts";

/** One of these. */
export interface ShellHome extends AsyncDisposable {
  /** Where the shell is; has a file whose name has a blank. */
  readonly directory: string;
  /** The instances of `cubic`. */
  readonly instances: string;
  /** The whole of it. */
  readonly env: Record<string, string>;
  /** Runs a program there, with variables beside `env`. */
  run(
    argv: readonly string[],
    env: Record<string, string>,
  ): Promise<{ readonly stdout: string; readonly stderr: string }>;
  hasFile(name: string): Promise<boolean>;
}

/** Makes one of the home of a {@linkcode Cli}, which is removed with it. */
export async function shellHome(cli: Cli): Promise<ShellHome> {
  const directory = await Deno.makeTempDir({ prefix: "cc-shell-" });
  const bin = join(directory, ".bin");
  await Deno.mkdir(bin);
  const { words, env: outer } = await testProgram();
  const command = words.map((word) => `'${word}'`).join(" ");
  await Deno.writeTextFile(join(bin, "cubic"), `#!/bin/sh\nexec ${command} "$@"\n`);
  await Deno.chmod(join(bin, "cubic"), 0o755);
  await Deno.writeTextFile(join(directory, "odd file.qcow2"), "");
  const env = {
    ...outer,
    ...{ HOME: directory, CUBIC_HOME: cli.home, PATH: `${bin}:${outer["PATH"]}` },
    // A shell that is hung up would write it while the directory is removed.
    HISTFILE: "",
  };
  return {
    directory,
    instances: cli.paths.instances,
    env,
    async run([shell = "", ...args], more) {
      const whole = { clearEnv: true, env: { ...env, ...more } };
      const options = { ...whole, args, cwd: directory, stdin: "null" as const };
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
