/** Runs a command line. Light: what only some lines need is loaded for those. */
import type { Context } from "./context.ts";
import { printError } from "./ui/errors.ts";
import { versionLine } from "./version.ts";

/** As a shell shows a program that was ended by SIGPIPE: whoever read our stdout has enough, as in `| head -1`. */
const NOBODY_READS = 141;

/** Runs the program with these arguments and returns its exit status. */
export async function runProgram(
  args: readonly string[],
  parts: Omit<Context, "exit">,
): Promise<number> {
  let status = 0;
  const context: Context = { ...parts, exit: (code) => status = code };
  try {
    await answer(args, context);
    return status;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return NOBODY_READS;
    return printError(context.ui, error);
  } finally {
    context.ui.settle();
  }
}

/** Runs the command, or prints the help or version that was asked for. */
async function answer(args: readonly string[], context: Context): Promise<void> {
  // Scripts ask for it often; among other words it is the parser's.
  const [word] = args.length === 1 ? args : [];
  if (word === "--version" || word === "-V") return await context.ui.out(versionLine());
  const { parseLine } = await import("./root.ts");
  const help = await parseLine(args, context);
  if (help !== undefined) await context.ui.out(help);
}
