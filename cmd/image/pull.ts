/** `cubic image pull` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Context, operation } from "../context.ts";
import { pullAll } from "../pulling.ts";
import { jsonOption, requireSignatureOption, sha256Option } from "../options.ts";
import { formatOption } from "../output.ts";

/** Downloads images. */
export function imagePullCommand(context: Context): CommandUnknownOpts {
  return new Command("pull")
    .summary("download images, or bring them up to date")
    .description(
      "Download images and verify them, unless the vendor's newest are stored already. A URL needs --sha256.",
    )
    .argument("<images...>", "images, as in debian:12, fedora or https://…")
    .addOption(sha256Option())
    .addOption(requireSignatureOption())
    .option("--again", "download even what is stored, to replace a damaged file")
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic image pull debian fedora:latest\n  cubic image pull https://images.example/disk.qcow2 --sha256 9f86…",
    )
    .action(async (images, flags) => {
      const { pullImage } = await import("../../core/images/pull.ts");
      const { describeImage } = await import("../ui/images.ts");
      const app = await context.load();
      const { sha256, requireSignature, again } = flags;
      const options = {
        ...(sha256 !== undefined && { sha256 }),
        ...(requireSignature && { requireSignature }),
        ...(again && { again }),
      };
      await pullAll(context, { names: images, flags }, async (name) => {
        const { image, already } = await pullImage(app, name, operation(context), options);
        return { image, already, shown: describeImage(image) };
      });
    });
}
