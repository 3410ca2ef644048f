/** `cubic distro show` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { exitStatus } from "../../core/errors.ts";
import { type Context, operation } from "../context.ts";
import { jsonOption } from "../options.ts";
import { formatOption, printResult } from "../output.ts";

/** Shows one distribution. */
export function distroShowCommand(context: Context): CommandUnknownOpts {
  return new Command("show")
    .summary("show all about a distribution")
    .description(
      "Show all about a distribution: its releases, where its images come from, and for an added one " +
        "its source and the SHA-256 of its file.",
    )
    .argument("<name>", "distribution")
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic distro show debian\n  cubic distro show ubuntu --json",
    )
    .action(async (name, flags) => {
      const { findDistro } = await import("../../core/images/name.ts");
      const { releasesOf } = await import("../../core/images/releases.ts");
      const { requirePinned } = await import("../../plugins/registry/pinned.ts");
      const { describeDistro, renderDistro } = await import("../ui/distros.ts");
      const app = await context.load();
      const distro = findDistro(app.distros, name);
      // The releases may come from yesterday's answer, which needs no file.
      if (distro.added) await requirePinned(app.paths, distro.name);
      const { releases, failure } = await releasesOf(app, distro, operation(context));
      await printResult(context, flags, {
        value: { ...describeDistro(distro, app.config), releases },
        text: (width) => renderDistro(distro, app.config, releases, width),
      });
      if (!failure) return;
      context.exit(exitStatus(failure.code));
      context.ui.report({ kind: "warning", text: failure.message });
    });
}
