/** `cubic scp` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Context, operation } from "./context.ts";
import { jsonOption } from "./options.ts";
import { formatDuration, formatRate } from "./ui/text.ts";
import { formatSize } from "../core/size.ts";

/** Copies a file into or out of an instance. */
export function scpCommand(context: Context): CommandUnknownOpts {
  return new Command("scp")
    .alias("cp")
    .summary("copy a file into or out of an instance")
    .description(
      "Copy a file into or out of a running instance. The target has its old content or all of the new, " +
        "never a part of it.",
    )
    .argument("<source>", "path, or [user@]instance:path")
    .argument("<target>", "path, or [user@]instance:path; a directory is copied into")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic scp big.tar.gz web:            into the home directory\n" +
        "  cubic scp web:/var/log/syslog .      out of it\n" +
        "  cubic scp ./a:b web:/srv/            a host path with a colon",
    )
    .action(async (source, target, flags) => {
      const { parseEndpoint } = await import("../core/transfer/endpoint.ts");
      const { planCopy } = await import("../core/transfer/plan.ts");
      const { copyFile } = await import("../core/transfer/copy.ts");
      const { connectRunning } = await import("../core/instances/connect.ts");
      const plan = planCopy(parseEndpoint(source), parseEndpoint(target));
      const app = await context.load();
      const guest = { name: plan.instance, ...(plan.user !== undefined && { user: plan.user }) };
      using connection = await connectRunning(app, guest, {}, operation(context));
      const began = performance.now();
      const { direction, local, remote } = plan;
      const result = await copyFile({ connection, direction, local, remote }, operation(context));
      const ms = performance.now() - began;
      if (flags.json) return await context.ui.json({ ...result, milliseconds: Math.round(ms) });
      const rate = formatRate(result.bytes / Math.max(ms, 1) * 1000);
      context.ui.note(
        `Copied ${formatSize(result.bytes)} in ${formatDuration(ms)} (${rate}) to ${result.target}`,
      );
    });
}
