/** `cubic console` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { CubicError, interrupted } from "../core/errors.ts";
import { type Context, operation } from "./context.ts";
import { acceleratorOption } from "./options.ts";
import { standardStreams, withRawTerminal } from "./ui/terminal.ts";

/** Attaches to the serial console. */
export function consoleCommand(context: Context): CommandUnknownOpts {
  return new Command("console")
    .description(
      "Attach to the serial console of an instance, starting it if need be. Enter, ~ and . leave it. " +
        "`cubic logs` shows what was said before.",
    )
    .argument("<name>", "instance")
    .addOption(acceleratorOption())
    .addHelpText("after", "\nExamples:\n  cubic console web\n  cubic console web --accel off")
    .action(async (name, flags) => {
      const { startInstance } = await import("../core/instances/start.ts");
      const { attachConsole } = await import("../core/instances/console.ts");
      const { ESCAPE_HELP } = await import("../core/ssh/escape.ts");
      const { ui, signal } = context;
      if (!ui.terminal.stdinIsTerminal) {
        throw new CubicError("usage", "Cannot attach to a console without a terminal", {
          hint: `\`cubic logs -f ${name}\` prints the console.`,
        });
      }
      const app = await context.load();
      await startInstance(app, name, { accelerator: flags.accel }, operation(context));
      ui.settle();
      ui.note(`Attached to ${name}. Enter ~ . leaves it.`);
      const { stdin, stdout } = standardStreams();
      const streams = { stdin, stdout, notice: (text: string) => ui.err(text), help: ESCAPE_HELP };
      const end = await withRawTerminal(() => attachConsole(app, name, streams, signal));
      if (signal.aborted) throw interrupted();
      ui.note(
        end === "stopped" ? `\n${name} stopped.` : "\nDetached; the instance goes on running.",
      );
    });
}
