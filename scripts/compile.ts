/**
 * Makes the one static binary.
 *
 *     compile.ts [--output FILE] [--target TRIPLE]
 *
 * DENORT_BIN, as `deno compile` itself reads it, names the runtime to build on where Deno's own download
 * server is out of reach.
 */
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { complain, print } from "./terminal.ts";

/** What to compile and where to put it. */
export interface CompileRequest {
  readonly root: string;
  readonly output: string;
  /** Another system than this one, in Rust's words; undefined for this one. */
  readonly target?: string;
}

/**
 * The arguments of `deno`. The program gets all permissions: it runs QEMU and ssh, and reads and writes
 * what its user names, so a list would promise a limit that is none. Types are `deno task ok`'s business.
 */
export function compileArgs({ root, output, target }: CompileRequest): string[] {
  return [
    "compile",
    "--quiet",
    "--allow-all",
    "--no-check",
    "--frozen",
    "--exclude-unused-npm",
    // Nothing imports a worker.
    "--include",
    join(root, "plugins", "sandbox", "worker.ts"),
    "--config",
    join(root, "deno.json"),
    "--output",
    output,
    ...(target === undefined ? [] : ["--target", target]),
    join(root, "main.ts"),
  ];
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args,
    options: { output: { type: "string" }, target: { type: "string" } },
  });
  const root = join(import.meta.dirname ?? ".", "..");
  const output = resolve(values.output ?? join(root, "dist", "cubic"));
  const { target } = values;
  await Deno.mkdir(dirname(output), { recursive: true });
  const args = compileArgs({ root, output, ...(target !== undefined && { target }) });
  const compiled = await runInherited(Deno.execPath(), args);
  if (compiled !== 0) {
    complain("Cannot compile cubic; Deno says why above.");
    complain("Without Deno's download server: set DENORT_BIN to a denort of this Deno's version.");
    return compiled;
  }
  const { size } = await Deno.stat(output);
  print(`${output}: ${(size / 1024 ** 2).toFixed(0)} MiB`);
  return target === undefined ? await runInherited(output, ["--version"]) : 0;
}

async function runInherited(command: string, args: string[]): Promise<number> {
  const { code } = await new Deno.Command(command, { args, stdin: "null" }).spawn().status;
  return code;
}

if (import.meta.main) Deno.exit(await main());
