/** Where the demonstration is played: a user's directory with nothing in it but what the session needs. */
import { dirname, join } from "node:path";
import { FILES, IMAGE } from "./demo.ts";

/** What is needed from outside. */
export interface Props {
  /** The program, compiled or scripts/cubic. */
  readonly program: string;
  /** The disk of the image that is used, as qcow2. */
  readonly image: string;
}

/** Prepares the directory; returns the environment of the session. */
export async function setStage(
  home: string,
  { program, image }: Props,
): Promise<Record<string, string>> {
  const bin = join(home, ".bin");
  await Deno.mkdir(bin);
  await Deno.writeTextFile(join(bin, "cubic"), `#!/bin/sh\nexec '${program}' "$@"\n`, {
    mode: 0o755,
  });
  for (const [name, bytes] of Object.entries(FILES)) {
    const path = join(home, name);
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeFile(path, new Uint8Array(bytes));
  }
  const env = {
    ...{ HOME: home, USER: "ada", TERM: "xterm-256color", LANG: "C.UTF-8" },
    PATH: `${bin}:${Deno.env.get("PATH") ?? "/usr/bin:/bin"}`,
    // The program's source has its packages there.
    DENO_DIR: Deno.env.get("DENO_DIR") ?? join(Deno.env.get("HOME") ?? "/", ".cache", "deno"),
  };
  await run(env, ["image", "import", image, "--name", IMAGE]);
  // What cubic says but once on a host, that it has no hardware acceleration, is said now.
  await run(env, ["create", "first", "--image", IMAGE]);
  await run(env, ["start", "first"]);
  await run(env, ["delete", "first", "--yes"]);
  return env;
}

/** Removes every instance that a session which failed has left. */
export async function clearStage(env: Record<string, string>): Promise<void> {
  await run(env, ["delete", "--all", "--yes"]);
}

async function run(env: Record<string, string>, args: readonly string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command("cubic", { args: [...args], env, clearEnv: true })
    .output();
  if (code !== 0) throw new Error(`cubic ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}
