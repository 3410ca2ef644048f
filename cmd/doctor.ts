/** `cubic doctor` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { exitStatus } from "../core/errors.ts";
import type { Finding } from "../core/doctor/checks.ts";
import type { Context } from "./context.ts";
import { jsonOption } from "./options.ts";
import { printable } from "./ui/text.ts";
import type { Ui } from "./ui/ui.ts";

/** Checks the host and the instances. */
export function doctorCommand(context: Context): CommandUnknownOpts {
  return new Command("doctor")
    .summary("check the host, and mend what can be mended")
    .description(
      "Check whether this host can run instances and whether what is on disk is sound. Exit status 5 " +
        "when something does not work.",
    )
    .option("--fix", "remove leftovers of killed commands, find lost processes again")
    .addOption(jsonOption())
    .action(async (flags) => {
      const { checkHost } = await import("../core/doctor/checks.ts");
      const app = await context.load();
      const fixed = flags.fix ? await (await import("../core/doctor/mend.ts")).mend(app) : [];
      const findings = await checkHost(app);
      if (findings.some(({ level }) => level === "problem")) {
        context.exit(exitStatus("qemu-missing"));
      }
      if (flags.json) return await context.ui.json({ findings, fixed });
      for (const line of fixed) await context.ui.out(printable(line));
      for (const finding of findings) await context.ui.out(render(context.ui, finding));
    });
}

const MARKS = {
  ok: ["ok", "green"],
  warning: ["warn", "yellow"],
  problem: ["fail", "red"],
} as const;

function render(ui: Ui, { check, level, text, remedy }: Finding): string {
  const [mark, style] = MARKS[level];
  const indent = (lines: string): string => printable(lines).replaceAll("\n", "\n        ");
  const advice = remedy === undefined ? "" : `\n        -> ${indent(remedy)}`;
  return `[${ui.styleOut(mark.padStart(4), style)}]  ${check}: ${indent(text)}${advice}`;
}
