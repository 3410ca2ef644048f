/** `cubic logs` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { interrupted } from "../core/errors.ts";
import type { Context } from "./context.ts";
import { countValue } from "./options.ts";

/** Prints the logs of an instance. */
export function logsCommand(context: Context): CommandUnknownOpts {
  return new Command("logs")
    .summary("print what a guest's console said")
    .description("Print what the guest's console said since its last start, or what QEMU said.")
    .argument("<name>", "instance")
    .option("--qemu", "QEMU's own output instead of the console")
    .option("-f, --follow", "go on until the instance stops")
    .option("-n, --lines <count>", "only the last lines", countValue)
    .action(async (name, flags) => {
      const { readLog } = await import("../core/instances/logs.ts");
      const app = await context.load();
      const request = {
        kind: flags.qemu ? "qemu" as const : "console" as const,
        ...(flags.follow && { follow: true }),
        ...(flags.lines !== undefined && { lines: flags.lines }),
      };
      let said = false;
      for await (const chunk of readLog(app, name, request, context.signal)) {
        await context.ui.bytes(chunk);
        said = true;
      }
      if (context.signal.aborted) throw interrupted();
      if (!said) context.ui.note(`Nothing yet. \`cubic start ${name}\` starts the instance.`);
    });
}
