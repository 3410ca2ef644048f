/** How long a program takes, by hyperfine: without a shell, after runs that warm the caches of the file system. */

/** A program to start. */
export interface Run {
  readonly name: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const WARMUPS = 2;
const RUNS = 5;

/** The median of its runs. Throws when it fails. */
export async function medianSeconds({ name, command, env }: Run): Promise<number> {
  const file = await Deno.makeTempFile({ prefix: "cubic-hyperfine-" });
  try {
    const args = [
      ...["-N", "--style", "none", "--warmup", String(WARMUPS), "--runs", String(RUNS)],
      ...["--export-json", file, command.map(quoted).join(" ")],
    ];
    const { code, stderr } = await new Deno.Command("hyperfine", { args, env, stdin: "null" })
      .output();
    if (code !== 0) throw new Error(`${name}: ${new TextDecoder().decode(stderr)}`);
    return readMedian(await Deno.readTextFile(file));
  } finally {
    await Deno.remove(file);
  }
}

/** The median of the one program in what hyperfine exports. */
export function readMedian(json: string): number {
  const { results: [result] }: { results: { readonly median: number }[] } = JSON.parse(json);
  return result?.median ?? NaN;
}

/** hyperfine splits a command as a shell does, also where it starts none. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Throws with the packages to install when something is missing. */
export async function demandTools(): Promise<void> {
  const missing: string[] = [];
  for (const name of ["hyperfine", "time", "qemu-img"]) {
    const command = new Deno.Command(name, { args: ["--version"], stdout: "null", stderr: "null" });
    const found = await command.output().catch(() => undefined);
    if (!found?.success) missing.push(name);
  }
  if (missing.length === 0) return;
  const packages = "apt install hyperfine time qemu-utils";
  throw new Error(`Cannot measure without ${missing.join(", ")} (Debian: ${packages})`);
}
