/** `cubic complete`: what the completion scripts of the shells ask. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "./context.ts";

/**
 * Prints what may stand in place of a word: a candidate a line with its description after a tab, then a line with a
 * colon and what the shell is to do beside that. Fails silently, whatever is wrong: it runs while somebody types.
 */
export function completeCommand(context: Context, root: CommandUnknownOpts): CommandUnknownOpts {
  return new Command("complete")
    .description("Tell a shell what may stand in place of a word of a command line.")
    .argument("[words...]", "the words before it, without `cubic`")
    .option("--word <text>", "what is typed of it", "")
    .action(async (words, { word }) => {
      const { findSlot } = await import("./complete/line.ts");
      const { candidatesFor } = await import("./complete/candidates.ts");
      const { formatAnswer } = await import("./complete/answer.ts");
      try {
        const slot = findSlot(root, words, word);
        await context.ui.out(formatAnswer(await candidatesFor(context, root, slot)));
      } catch {
        await context.ui.out(formatAnswer({ candidates: [] }));
      }
    });
}
