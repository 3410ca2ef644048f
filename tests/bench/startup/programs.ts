/** The programs whose start is measured. */
import { join } from "node:path";
import { compileArgs, type CompileRequest } from "../../../scripts/compile.ts";
import { writeBuildFile } from "../../../scripts/compile/commit.ts";
import { unneededFiles } from "../../../scripts/compile/unneeded.ts";

const ROOT = join(import.meta.dirname ?? ".", "..", "..", "..");

/** Compiles a program that does nothing, as cubic is compiled. */
export async function compileEmpty(directory: string): Promise<string> {
  const [source, program] = [join(directory, "empty.ts"), join(directory, "empty")];
  await Deno.writeTextFile(source, "");
  const flags = ["--quiet", "--allow-all", "--no-check", "--no-code-cache"];
  await deno(["compile", ...flags, "--output", program, source]);
  return program;
}

/** The compiled cubic that CUBIC_TEST_PROGRAM names, or one that is compiled now. */
export async function cubicProgram(directory: string): Promise<string> {
  const given = Deno.env.get("CUBIC_TEST_PROGRAM");
  if (given) return await Deno.realPath(given);
  return await compileCubic(join(directory, "cubic"), (args) => args);
}

/** Compiles cubic with arguments that differ from those of a release. */
export async function compileCubic(
  output: string,
  change: (args: readonly string[]) => readonly string[],
): Promise<string> {
  const request: CompileRequest = {
    root: ROOT,
    output,
    build: await writeBuildFile(ROOT),
    exclude: await unneededFiles(join(ROOT, "main.ts")),
  };
  await deno(change(compileArgs(request)));
  return output;
}

async function deno(args: readonly string[]): Promise<void> {
  const pipes = { stdin: "null", stdout: "null", stderr: "piped" } as const;
  const options = { args: [...args], ...pipes };
  const { code, stderr } = await new Deno.Command(Deno.execPath(), options).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
}
