/** `cubic image export` */
import { Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { formatSize } from "../../core/size.ts";
import { type Context, operation } from "../context.ts";
import { jsonOption } from "../options.ts";
import { printResult } from "../output.ts";

/** Writes a stored image to a file. */
export function imageExportCommand(context: Context): CommandUnknownOpts {
  return new Command("export")
    .summary("write a stored image to a file")
    .description("Write a copy of a stored image to a file, as qcow2 or raw.")
    .argument("<image>", "image")
    .argument("<file>", "file to write")
    .addOption(
      new Option("--format <format>", "form of the file").choices(["qcow2", "raw"] as const)
        .default("qcow2" as const),
    )
    .option("--compress", "compress the clusters of a qcow2 file")
    .option("-f, --force", "replace the file if it is there")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic image export debian:12 ./debian.qcow2\n  cubic image export mine:1.0 ./mine.raw --format raw",
    )
    .action(async (name, output, flags) => {
      const { requireStored } = await import("../../core/images/ensure.ts");
      const { exportImage } = await import("../../core/images/export.ts");
      const app = await context.load();
      const image = await requireStored(app, name, operation(context));
      const { format, compress = false, force = false } = flags;
      const request = { output, format, compress, force };
      const { path, size } = await exportImage(app, image, request, operation(context));
      // The form of the result is not chosen by --format: that is the file's.
      await printResult(context, { json: flags.json }, {
        value: { image: image.names[0] ?? name, path, format, size },
        note: () => `Wrote ${image.names[0] ?? name} to ${output}: ${formatSize(size)}`,
      });
    });
}
