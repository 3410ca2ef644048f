/** `cubic image import` */
import { Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { type Context, operation } from "../context.ts";
import { jsonOption, sha256Option } from "../options.ts";
import { formatOption, printResult } from "../output.ts";

/** Takes a file into the store. */
export function imageImportCommand(context: Context): CommandUnknownOpts {
  return new Command("import")
    .summary("take an image file into the store")
    .description(
      "Copy a disk image into the store, so that instances can be made of it: qcow2 or raw, also compressed " +
        "with gzip, xz or zstd. The file itself is left alone.",
    )
    .argument("<file>", "image file")
    .option("-n, --name <name>", "its name, as in mine:1.0 (default: one made of the file's name)")
    .addOption(
      new Option(
        "--arch <arch>",
        "its architecture (default: as the file's name tells, or this host's)",
      )
        .choices(["amd64", "arm64"] as const),
    )
    .addOption(sha256Option())
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic image import ./disk.qcow2 --name mine:1.0\n  cubic image import ./appliance-arm64.raw.xz",
    )
    .action(async (path, flags) => {
      const { importImage } = await import("../../core/images/import.ts");
      const { parseImageName } = await import("../../core/images/name.ts");
      const { parseSha256 } = await import("../../core/images/source.ts");
      const { describeImage } = await import("../ui/images.ts");
      const { name, arch, sha256 } = flags;
      const request = {
        path,
        ...(name !== undefined && { name: parseImageName(name) }),
        ...(arch !== undefined && { arch }),
        ...(sha256 !== undefined && { sha256: parseSha256(sha256) }),
      };
      const image = await importImage(await context.load(), request, operation(context));
      const short = image.names[0]?.replace(/:[^:]*$/, "");
      await printResult(context, flags, {
        value: describeImage(image),
        note: () => `Imported ${image.names[0]}. \`cubic create NAME --image ${short}\` uses it.`,
      });
    });
}
