/** `cubic doctor` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { App } from "../core/app.ts";
import { type CubicError, exitStatus, isCubicError } from "../core/errors.ts";
import type { Finding } from "../core/doctor/finding.ts";
import { type Context, operation } from "./context.ts";
import { jsonOption } from "./options.ts";
import { formatOption, printResult } from "./output.ts";
import { renderCheckup, renderTroubles } from "./ui/doctor.ts";

/** Checks the host and the instances. */
export function doctorCommand(context: Context): CommandUnknownOpts {
  return new Command("doctor")
    .description(
      "Check whether this host can run instances and whether what cubic keeps is sound. Exit status " +
        "5 when the host lacks something, 4 when what is kept is damaged, 0 with warnings alone. " +
        "With --quiet only what is not well is shown.",
    )
    .option("--fix", "mend what can be mended without losing anything, and say what was")
    .option("--offline", "ask no mirror and no vendor")
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic doctor\n  cubic doctor --fix\n  cubic doctor --offline --quiet",
    )
    .action(async (flags) => {
      const { checkHost } = await import("../core/doctor/checks.ts");
      const { app, unreadable } = await loadAnyhow(context);
      const work = operation(context);
      const fixed = flags.fix ? await (await import("../core/doctor/mend.ts")).mend(app, work) : [];
      const findings = await checkHost(app, {
        ...work,
        offline: flags.offline ?? false,
        ...(unreadable && { unreadable }),
      });
      context.exit(statusOf(findings));
      const style = context.ui.styleOut.bind(context.ui);
      await printResult(context, flags, {
        value: { findings, fixed },
        text: (width) => renderCheckup({ findings, fixed }, width, style),
        names: () => renderTroubles({ findings, fixed }, context.ui.width(), style),
      });
    });
}

/** What the host lacks comes first: without it nothing runs. */
function statusOf(findings: readonly Finding[]): number {
  const problems = findings.filter(({ level }) => level === "problem");
  if (problems.some(({ about }) => about === "host")) return exitStatus("qemu-missing");
  return problems.length > 0 ? exitStatus("instance-broken") : 0;
}

/** The app; with the default settings and nothing added where those can't be read: a doctor has to look anyhow. */
async function loadAnyhow(
  context: Context,
): Promise<{ readonly app: App; readonly unreadable?: CubicError }> {
  try {
    return { app: await context.load() };
  } catch (error) {
    if (!isCubicError(error, "config-broken") && !isCubicError(error, "invalid-value")) throw error;
    const { DEFAULT_CONFIG } = await import("../core/config.ts");
    const { realHost } = await import("../core/host.ts");
    const paths = await context.paths();
    const app = { host: realHost(), paths, config: DEFAULT_CONFIG, distros: [] };
    return { app, unreadable: error };
  }
}
