/** `cubic image build` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Context, operation } from "../context.ts";
import { collect, jsonOption } from "../options.ts";
import { formatOption, printResult } from "../output.ts";
import { formatSize } from "../../core/size.ts";
import { formatDuration } from "../ui/text.ts";

/** Makes a cloud image out of a package mirror. */
export function imageBuildCommand(context: Context): CommandUnknownOpts {
  return new Command("build")
    .summary("make a cloud image out of a package mirror")
    .description(
      "Make a cloud image out of a package mirror, for networks that reach a mirror of packages and " +
        "nothing else. Works as root and as a normal user with user namespaces.",
    )
    .argument("<image>", "image, as in debian:bookworm or ubuntu:noble")
    .option(
      "--mirror <url>",
      "package mirror (default: the one this host's apt uses)",
    )
    .option("--package <name>", "also install this package; may be repeated", collect(String))
    .option("-o, --output <file>", "write a copy of the image there too")
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic image build debian:bookworm\n  cubic image build ubuntu:noble --package htop --output noble.qcow2",
    )
    .action(async (image, flags) => {
      const { buildImage } = await import("../../core/images/build.ts");
      const { parseImageName } = await import("../../core/images/name.ts");
      const { describeImage } = await import("../ui/images.ts");
      const app = await context.load();
      const began = performance.now();
      const { mirror, output, package: packages } = flags;
      const request = { image: parseImageName(image), mirror, output, packages };
      const built = await buildImage(app, request, operation(context));
      const took = formatDuration(performance.now() - began);
      const name = `${built.distro}:${built.release}:${built.arch}`;
      await printResult(context, flags, {
        value: describeImage(built),
        note: () => `Built ${name} in ${took}: ${formatSize(built.size)} at ${built.path}`,
      });
    });
}
