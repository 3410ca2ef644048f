/** `cubic distro trust` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Context, operation } from "../context.ts";
import { jsonOption } from "../options.ts";
import { formatOption, printResult } from "../output.ts";

/** Takes a vendor's key from a file. */
export function distroTrustCommand(context: Context): CommandUnknownOpts {
  return new Command("trust")
    .summary("take a vendor's signing key from a file")
    .description(
      "Take the OpenPGP key that signs a distribution's images from a file, where it can't be fetched. Only keys " +
        "whose fingerprints the distribution names are taken.",
    )
    .argument("<name>", "distribution")
    .argument("<file>", "key file, armored or binary")
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic distro trust fedora ./fedora.gpg\n  cubic distro trust opensuse ./key.asc --json",
    )
    .action(async (name, file, flags) => {
      const { trustKey } = await import("../../core/images/trust.ts");
      const keys = await trustKey(await context.load(), name, file, operation(context));
      await printResult(context, flags, {
        value: keys,
        note: () =>
          keys.map(({ fingerprint }) => `Images of ${name} may be signed by ${fingerprint}`)
            .join("\n"),
      });
    });
}
